import Glibc
import Multiprocessing
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

private let methods: [StartMethod] = [.fork, .spawn, .forkServer]

/// `CONNECTION_FRAMES` in the environment sets the number of frames that each of eight writers
/// sends.
private let frames = environmentNumber("CONNECTION_FRAMES", or: 300)
/// `CONNECTION_KILLS` sets the number of workers killed in the middle of messages, per method and
/// side.
private let kills = environmentNumber("CONNECTION_KILLS", or: 9)

@Suite(.serialized, .timeLimit(.minutes(60)))
struct ConnectionWorkerTests {
  @Test(arguments: methods)
  func `a worker answers over the end that it was given, until the other end is closed`(method: StartMethod)
    async
  {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let (here, there) = try Connection.pair()
        // A forked worker also inherits this end and would keep it open.
        let given = method == .fork ? nil : there
        let worker =
          if let given { try WorkerProcess.start(SquareAll.self, given, method: method) } else {
            try WorkerProcess<Int>.start {
              here.close()
              return try SquareAll.call(there)
            }
          }
        there.close()
        for number in 1...50 { try here.send(number) }
        for number in 1...50 { #expect(try here.receive(Int.self, timeout: .seconds(30)) == number * number) }
        here.close()
        #expect(try worker.result(timeout: .seconds(30)) == 50)
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: methods)
  func `a worker can use a connection that it received over another connection`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let (here, there) = try Connection.pair()
        let worker = try WorkerProcess.start(Introduce.self, there, method: method)
        there.close()
        for name in ["a", String(repeating: "b", count: 100_000)] {
          let (mine, yours) = try Connection.pair()
          try here.send(Introduction(name: name, connection: yours))
          yours.close()
          #expect(try mine.receive(String.self, timeout: .seconds(30)) == "hello, " + name)
          #expect(
            connectionError { _ = try mine.receive(String.self, timeout: .seconds(30)) }?.code == .endOfFile)
        }
        worker.kill()
        try worker.join()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: methods)
  func `the death of a worker ends its connection at once`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        for signal in [SIGKILL, SIGSEGV] {
          let (here, there) = try Connection.pair()
          let worker = try WorkerProcess.start(WaitForEver.self, there, method: method)
          there.close()
          #expect(
            connectionError { _ = try here.receive(Int.self, timeout: .milliseconds(50)) }?.code == .timedOut)
          kill(pid_t(worker.pid), signal)
          #expect(
            connectionError { _ = try here.receive(Int.self, timeout: .seconds(30)) }?.code == .endOfFile)
          #expect(connectionError { try here.send(1) }?.code == .brokenPipe)
          try worker.join()
        }
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: methods)
  func `a sender killed in the middle of a large message leaves whole messages and then the end`(
    method: StartMethod
  ) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        alarm(0)
        var dice = Dice(state: 3)
        for round in 0..<kills {
          // In the message's own memory, or in lent memory.
          let byteCount = round % 2 == 0 ? 64 << 20 : 1 << 20
          let (here, there) = try Connection.pair()
          let worker = try WorkerProcess.start(
            SendFlood.self, Flood(connection: there, byteCount: byteCount), method: method)
          there.close()
          // Some workers are killed before their first message, some after several.
          if round % 3 > 0 { #expect(isPatterned(try here.receiveBytes(timeout: .seconds(60)))) }
          usleep(UInt32(dice.roll(60_000)))
          worker.kill()
          while true {
            let error = connectionError {
              let bytes = try here.receiveBytes(timeout: .seconds(60))
              #expect(bytes.count == byteCount && isPatterned(bytes), "a torn message in round \(round)")
            }
            guard let error else { continue }
            #expect(error.code == .endOfFile)
            break
          }
          try worker.join()
        }
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: methods)
  func `a receiver killed in the middle of a large message is a broken pipe for the sender`(
    method: StartMethod
  )
    async
  {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        alarm(0)
        var dice = Dice(state: 4)
        let large = patterned(64 << 20)
        let small = patterned(1 << 20)
        for round in 0..<kills {
          let bytes = round % 2 == 0 ? large : small
          let (here, there) = try Connection.pair()
          let worker = try WorkerProcess.start(TakeFlood.self, there, method: method)
          there.close()
          for _ in 0..<round % 3 { try here.sendBytes(bytes) }
          usleep(UInt32(dice.roll(60_000)))
          worker.kill()
          var error: ConnectionError?
          while error == nil { error = connectionError { try here.sendBytes(bytes) } }
          #expect(error?.code == .brokenPipe)
          #expect(connectionError { _ = try here.receiveBytes() }?.code == .endOfFile)
          try worker.join()
        }
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: methods)
  func `the messages of eight writers at one end never mix`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        alarm(0)
        let (receiver, sender) = try Connection.oneWay()
        let writers = try (0..<8).map {
          try WorkerProcess.start(
            WriteFrames.self, Writing(connection: sender, writer: $0, count: frames), method: method)
        }
        sender.close()
        var next = [Int](repeating: 0, count: 8)
        while let frame = try receiver.next(CheckedFrame.self, timeout: .seconds(60)) {
          guard frame.isWhole, frame.number == next[frame.writer] else {
            Issue.record("frame \(frame.number) of writer \(frame.writer), expected \(next[frame.writer])")
            break
          }
          next[frame.writer] += 1
        }
        #expect(next == [Int](repeating: frames, count: 8))
        for writer in writers { #expect(try writer.result() == frames) }
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `waits and messages are exact while a signal interrupts a thousand times a second`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let (here, there) = try Connection.pair()
        let termination = try forkedChild(within: .seconds(60)) {
          here.close()
          interruptEveryMillisecond()
          let start = monotonicNanoseconds()
          guard
            connectionError({ _ = try there.receive(Int.self, timeout: .milliseconds(700)) })?.code
              == .timedOut,
            monotonicNanoseconds() - start >= 700_000_000
          else { return 1 }
          for number in 0..<40 {
            // Some waits have no limit, some have one; the sender is slow.
            guard (try? there.send(number)) != nil,
              (try? there.receive(Int.self, timeout: number % 2 == 0 ? nil : .seconds(30))) == number
            else { return 2 }
          }
          let bytes = patterned(16 << 20 | 1)
          guard (try? there.sendBytes(bytes)) != nil,
            (try? there.receiveBytes(timeout: .seconds(30))) == bytes
          else { return 3 }
          // Sends until the socket is full, and then until it has room again.
          for number in 0..<3000 {
            guard (try? there.send([number, number], timeout: number % 2 == 0 ? nil : .seconds(30))) != nil
            else {
              return 4
            }
          }
          return 0
        } meanwhile: {
          there.close()
          for number in 0..<40 {
            #expect(try here.receive(Int.self) == number)
            sleepFor(milliseconds: number % 4 == 0 ? 30 : 3)
            try here.send(number)
          }
          let bytes = try here.receiveBytes()
          try here.sendBytes(bytes)
          sleepFor(milliseconds: 300)
          for number in 0..<3000 { #expect(try here.receive([Int].self) == [number, number]) }
        }
        #expect(termination == .exited(code: 0))
      }
    }
  }

  @Test func `sent, refused and dropped messages leak no descriptors or mappings`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let termination = try forkedChild(within: .seconds(60)) {
          // Runs once first, for everything that is created at the first use and kept.
          guard (try? exchangeAndDrop()) != nil else { return 1 }
          let before = (openDescriptors(), mappingCount())
          for _ in 0..<20 { guard (try? exchangeAndDrop()) != nil else { return 2 } }
          if openDescriptors() != before.0 { return 3 }
          // The heap might have grown by a mapping or two.
          return mappingCount() <= before.1 + 2 ? 0 : 4
        }
        #expect(termination == .exited(code: 0))
      }
    }
  }
}

private func exchangeAndDrop() throws {
  let (a, b) = try Connection.pair()
  let (c, d) = try Connection.oneWay()
  try a.send(Introduction(name: "kept", connection: c))
  try a.send(Introduction(name: "never received", connection: d))
  try a.send(Introduction(name: String(repeating: "n", count: 100_000), connection: d))
  try a.send(patterned(200_000))
  _ = try b.receive(Introduction.self)
  _ = connectionError { _ = try b.receive(String.self) }
  try b.send([c, d])
  _ = connectionError { _ = try a.receive(Int.self) }
  _ = connectionError { _ = try a.receive(Int.self, timeout: .zero) }
  let path = "/tmp/connection-\(getpid()).socket"
  let listener = try ConnectionListener(path: path)
  let client = try Connection.connect(path: path)
  let server = try listener.accept()
  try client.send(patterned(100_000))
  _ = try server.receive([UInt8].self)
  listener.close()
}

/// Runs `body` in a forked child, and `meanwhile` in this process.
private func forkedChild(
  within limit: Duration, _ body: () -> CInt, meanwhile: () throws -> Void
) throws -> ProcessTermination {
  var child = try startChild(body)
  try meanwhile()
  guard try child.ends(within: limit) else { throw ChildLingers() }
  return child.reap()
}

private struct ChildLingers: Error {}
