import Glibc
import Multiprocessing
import SharedArraysMemory
import SharedArraysSystem
import SharedArraysTransfer
import TestSupport
import Testing

// SAFETY: the elements are bytes, for which every value that is stored is valid.

/// With `LARGE_MESSAGES=1`, messages of more than 2 GiB are sent as well.
private let sendsLarge = environmentNumber("LARGE_MESSAGES", or: 0) == 1

@Suite(.serialized, .timeLimit(.minutes(5)))
struct ConnectionTests {
  // MARK: - Messages

  @Test func `values of many types arrive unchanged and in order, in both directions`() throws {
    let (a, b) = try Connection.pair()
    for (from, to) in [(a, b), (b, a)] {
      try from.send(-7)
      try from.send("Größe")
      try from.send([1.5, -0.0, .infinity])
      try from.send(["a": [1, 2], "b": []])
      try from.send(NoValue())
      try from.send(Order(name: "x", numbers: [1], options: ["a": nil]))
      #expect(try to.receive(Int.self) == -7)
      #expect(try to.receive(String.self) == "Größe")
      #expect(try to.receive([Double].self) == [1.5, -0.0, .infinity])
      #expect(try to.receive() as [String: [Int]] == ["a": [1, 2], "b": []])
      _ = try to.receive(NoValue.self)
      #expect(try to.receive(Order.self) == Order(name: "x", numbers: [1], options: ["a": nil]))
    }
  }

  @Test(arguments: [0, 1, 4095, 4096, 4097, 65_519, 65_520, 65_521, 65_535, 65_536, 65_537, 1 << 24 | 1])
  func `bytes and values of any size arrive whole`(count: Int) async {
    await #expect(processExitsWith: .success) { [count] in
      inOwnProcess {
        let (a, b) = try Connection.pair()
        let bytes = patterned(count, seed: count)
        try a.sendBytes(bytes)
        #expect(try b.receiveBytes() == bytes)
        try a.sendBytes(bytes)
        try a.send(bytes)
        var place = [UInt8](repeating: 7, count: count + 3)
        #expect(try receive(from: b, into: &place) == count)
        #expect(place == bytes + [7, 7, 7])
        #expect(try b.receive([UInt8].self) == bytes)
        #expect(try !b.poll())
      }
    }
  }

  @Test(.enabled(if: sendsLarge, "The test needs 8 GiB; set LARGE_MESSAGES=1."))
  func `a message of more than two gibibytes arrives whole`() throws {
    let (a, b) = try Connection.pair()
    let count = 1 << 31 | 12_345
    let limits = TransferLimits(byteCount: 1 << 32)
    do {
      let bytes = patterned(count)
      try a.sendBytes(bytes, limits: limits)
    }
    let arrived = try b.receiveBytes(limits: limits)
    #expect(arrived.count == count && isPatterned(arrived))
  }

  @Test func `a message beyond the limit is refused before anything is sent, or when it arrives`() throws {
    let (a, b) = try Connection.pair()
    let small = TransferLimits(byteCount: 100)
    let bytes = patterned(101)
    #expect(connectionError { try a.sendBytes(bytes, limits: small) }?.code == .tooLarge)
    #expect(connectionError { try a.send(bytes, limits: small) }?.code == .tooLarge)
    #expect(try !b.poll())
    for count in [101, 100_000] {
      let bytes = patterned(count)
      try a.sendBytes(bytes)
      try a.send(bytes)
      try a.sendBytes(bytes)
      let error = connectionError { _ = try b.receiveBytes(limits: small) }
      #expect(error?.code == .tooLarge)
      #expect(error?.description.contains("\(count)") == true && error?.description.contains("100") == true)
      #expect(connectionError { _ = try b.receive([UInt8].self, limits: small) }?.code == .tooLarge)
      var place = [UInt8](repeating: 0, count: 100)
      #expect(connectionError { _ = try receive(from: b, into: &place) }?.code == .tooLarge)
      #expect(place.allSatisfy { $0 == 0 })
    }
    try a.send(1)
    #expect(try b.receive(Int.self) == 1, "refused messages have been removed")
  }

  @Test func `a message that is received as another type is refused and removed`() throws {
    let (a, b) = try Connection.pair()
    let bytes: [UInt8] = [1, 2, 3]
    try a.send(1)
    #expect(connectionError { _ = try b.receive(String.self) }?.code == .wrongType)
    try a.send(1)
    #expect(connectionError { _ = try b.receiveBytes() }?.code == .wrongType)
    try a.sendBytes(bytes)
    #expect(connectionError { _ = try b.receive(Int.self) }?.code == .wrongType)
    try a.send(patterned(100_000))
    #expect(connectionError { _ = try b.receiveBytes() }?.code == .wrongType)
    try a.send(2)
    #expect(try b.receive(Int.self) == 2)
  }

  // MARK: - Waiting

  @Test func `waits time out, and a timeout of zero or less only tries`() throws {
    let (a, b) = try Connection.pair()
    for timeout: Duration in [.zero, .seconds(-5), .milliseconds(30)] {
      let start = monotonicNanoseconds()
      #expect(connectionError { _ = try b.receive(Int.self, timeout: timeout) }?.code == .timedOut)
      #expect(connectionError { _ = try b.receiveBytes(timeout: timeout) }?.code == .timedOut)
      #expect(try !b.poll(timeout: timeout))
      #expect(monotonicNanoseconds() - start >= 3 * timeout.components.attoseconds / 1_000_000_000)
    }
    var sent = 0
    while true {
      let error = connectionError {
        try a.send([sent, 0], timeout: sent % 2 == 0 ? .zero : .milliseconds(5))
      }
      if let error {
        #expect(error.code == .timedOut)
        break
      }
      sent += 1
    }
    #expect(sent > 10)
    for number in 0..<sent { #expect(try b.receive([Int].self)[0] == number) }
    #expect(try !b.poll())
    try a.send(5)
    #expect(try b.poll() && b.poll(timeout: nil) && b.poll(timeout: .seconds(-1)))
  }

  @Test func `the number of large messages that wait to be received is limited`() throws {
    let (a, b) = try Connection.pair()
    let bytes = patterned(8 << 20)
    var sent = 0
    while connectionError({ try a.sendBytes(bytes, timeout: .zero) }) == nil { sent += 1 }
    #expect((1...8).contains(sent))
    for _ in 0..<sent { #expect(try b.receiveBytes() == bytes) }
    try a.sendBytes(bytes, timeout: .seconds(10))
    #expect(try b.receiveBytes() == bytes)
  }

  @Test func `a wait ends when another thread closes the end, and later calls fail`() throws {
    let (a, b) = try Connection.pair()
    let code = SharedWords.counter()
    onThreads(3) { index in
      if index < 2 {
        let error = connectionError { _ = try b.receive(Int.self, timeout: index == 0 ? nil : .seconds(60)) }
        if error?.code == .closed { code.add(1, to: 0) }
      } else {
        sleepFor(milliseconds: 50)
        b.close()
      }
    }
    #expect(code[0] == 2)
    #expect(connectionError { _ = try b.receive(Int.self) }?.code == .closed)
    #expect(connectionError { try b.send(1) }?.code == .closed)
    #expect(connectionError { _ = try b.poll() }?.code == .closed)
    #expect(b.isClosed && b.pollableDescriptor == -1 && !a.isClosed)
    b.close()
    #expect(connectionError { _ = try a.receive(Int.self) }?.code == .endOfFile)
  }

  // MARK: - Ends

  @Test
  func `a receiver finds the end after the last message, and sending to a closed end raises no signal`()
    throws
  {
    let (a, b) = try Connection.pair()
    try b.send(3)
    try b.send(patterned(100_000))
    try a.send(1)
    b.close()
    #expect(try a.receive(Int.self) == 3, "messages sent before the end arrive, though b had not read all")
    #expect(try a.receive([UInt8].self) == patterned(100_000))
    for _ in 0..<3 {
      #expect(try a.poll())
      #expect(connectionError { _ = try a.receive(Int.self) }?.code == .endOfFile)
      #expect(connectionError { _ = try a.receiveBytes() }?.code == .endOfFile)
      #expect(try a.next(Int.self) == nil)
      #expect(connectionError { try a.send(1) }?.code == .brokenPipe)
      #expect(connectionError { try a.send(patterned(100_000)) }?.code == .brokenPipe)
    }
    #expect(
      connectionError { try a.send(1) }?.description
        == "Connection: the other end is closed and receives no more messages.")
  }

  @Test func `an end of a one-way connection works only in its direction`() throws {
    let (receiver, sender) = try Connection.oneWay()
    #expect(receiver.canReceive && !receiver.canSend && sender.canSend && !sender.canReceive)
    try sender.send(1)
    #expect(try receiver.receive(Int.self) == 1)
    #expect(connectionError { try receiver.send(1) }?.code == .wrongDirection)
    #expect(connectionError { _ = try sender.receive(Int.self) }?.code == .wrongDirection)
    #expect(connectionError { _ = try sender.poll() }?.code == .wrongDirection)
    let (a, b) = try Connection.pair()
    try a.send(receiver)
    let again = try b.receive(Connection.self)
    #expect(again.canReceive && !again.canSend)
    receiver.close()
    try sender.send(2)
    #expect(try again.receive(Int.self) == 2)
    again.close()
    #expect(connectionError { try sender.send(1) }?.code == .brokenPipe)
  }

  @Test func `an end is closed when its last reference is released`() throws {
    var (a, b): (Connection, Connection?) = try Connection.pair()
    #expect(b != nil && connectionError { _ = try a.receive(Int.self, timeout: .zero) }?.code == .timedOut)
    b = nil
    #expect(connectionError { _ = try a.receive(Int.self, timeout: .zero) }?.code == .endOfFile)
    (a, b) = try Connection.pair()
    try a.send(try Connection.pair().0)
    a.close()
    #expect(try b?.receive(Connection.self).next(Int.self) == nil)
  }

  @Test func `ends, descriptors and blocks can be sent inside values`() throws {
    let (a, b) = try Connection.pair()
    do {
      let (c, d) = try Connection.pair()
      try a.send(Introduction(name: "d", connection: d))
      d.close()
      let introduction = try b.receive(Introduction.self)
      try introduction.connection.send("over d")
      #expect(try c.receive(String.self) == "over d" && introduction.name == "d")
    }
    let (e, f) = try Connection.pair()
    e.close()
    let error = connectionError { try a.send([e, f]) }
    #expect(error?.code == .notTransferable && error?.transfer?.code == .refused)
    let block = try SharedBlock.create(.generated, byteCount: 100)
    defer { try? block.unlink() }
    try a.send([block])
    let other = try b.receive([SharedBlock].self)
    #expect(other[0].byteCount == 100 && other[0].name == block.name)
    // With a large value, the memory of the value is one more descriptor.
    try a.send(Introduction(name: String(repeating: "n", count: 100_000), connection: f))
    #expect(try b.receive(Introduction.self).name.utf8.count == 100_000)
  }

  @Test func `messages of two threads that send at once are whole, and each reaches one receiver`() throws {
    let (a, b) = try Connection.pair()
    let words = SharedWords.counter()
    let count = 400
    onThreads(4) { index in
      if index < 2 {
        for number in 0..<count {
          let byteCount = number % 40 == 39 ? 70_000 : number * 7
          try? a.send(CheckedFrame(writer: index, number: number, byteCount: byteCount))
        }
      } else {
        for _ in 0..<count {
          guard let frame = try? b.receive(CheckedFrame.self, timeout: .seconds(30)) else { continue }
          words.add(frame.isWhole ? 1 : 1 << 32, to: 0)
          words.add(frame.number, to: 1)
        }
      }
    }
    #expect(words[0] == 2 * count && words[1] == count * (count - 1))
  }
}

private func receive(from connection: Connection, into place: inout [UInt8]) throws -> Int {
  var span = place.mutableSpan
  var bytes = unsafe span.mutableBytes
  return try connection.receiveBytes(into: &bytes)
}

extension SharedWords {
  static func counter() -> SharedWords { try! SharedWords() }
}
