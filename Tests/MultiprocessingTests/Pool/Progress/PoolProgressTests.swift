import Glibc
import Multiprocessing
import SharedArraysMemory
import TestSupport
import Testing

/// The progress reports that a call has received.
private final class Told {
  private(set) var all: [PoolProgress] = []

  var report: ProgressReport { ProgressReport { self.all.append($0) } }
}

@Suite(.serialized, .timeLimit(.minutes(2)))
struct PoolProgressTests {
  @Test func `a map reports the number of inputs done, from time to time and at the end`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        let told = Told()
        let sleeps = Array(repeating: 20, count: 60)
        #expect(try pool.map(Sleep.self, sleeps, chunkSize: 1, progress: told.report) == sleeps)
        expectWhole(told.all, of: 60)
        #expect(told.all.count > 2 && told.all.contains { (1..<60).contains($0.done) })

        let short = Told()
        try pool.forEach(Cube.self, 0..<1000, progress: short.report)
        expectWhole(short.all, of: 1000)
        let empty = Told()
        #expect(try pool.map(Cube.self, [], progress: empty.report) == [])
        expectWhole(empty.all, of: 0)
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a map that fails reports its end, and no more inputs done than were`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 1)
        let told = Told()
        let inputs = [2, 4, 6, 7, 8, 10, 12]
        #expect(
          code { try pool.map(EvenOnly.self, inputs, chunkSize: 1, progress: told.report) } == .threw)
        #expect(told.all.count == 1 && told.all[0].isLast)
        #expect(told.all[0].done <= 3 && told.all[0].total == 7)
        pool.shutdown()
        let closed = Told()
        #expect(code { try pool.map(Cube.self, 0..<9, progress: closed.report) } == .closed)
        #expect(closed.all.map(\.done) == [0] && closed.all[0].isLast)
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: StreamKind.allCases)
  func `a stream reports the number of results read and its end, also if abandoned`(kind: StreamKind) async {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        let whole = Told()
        #expect(try read(stream(of: pool, kind, 0..<1500, whole)).count == 1500)
        expectWhole(whole.all, of: 1500)
        #expect(whole.all.count > 1)

        let left = Told()
        var count = 0
        for _ in stream(of: pool, kind, 0..., left).results {
          count += 1
          if count == 700 { break }
        }
        #expect(left.all.last?.isLast == true && left.all.last?.done == 700)
        #expect(left.all.allSatisfy { $0.total == nil && $0.remaining == nil })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `another task reads the progress of a call`() async throws {
    let pool = try ProcessPool(workers: 2, startMethod: .spawn)
    let (report, values) = ProgressReport.values()
    let reader = Task {
      var all: [PoolProgress] = []
      for await progress in values { all.append(progress) }
      return all
    }
    _ = try pool.map(Sleep.self, Array(repeating: 20, count: 30), chunkSize: 1, progress: report)
    let all = await reader.value
    expectWhole(all, of: 30)
    pool.shutdown()
  }

  @Test func `a bar is drawn only in a terminal`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        let (terminal, screen) = try #require(pseudoTerminal())
        let saved = dup(STDERR_FILENO)
        dup2(screen, STDERR_FILENO)
        _ = try pool.map(
          Sleep.self, Array(repeating: 20, count: 40), chunkSize: 1, progress: .bar("areas"))
        var ends: [CInt] = [0, 0]
        unsafe pipe(&ends)
        dup2(ends[1], STDERR_FILENO)
        _ = try pool.map(Sleep.self, Array(repeating: 20, count: 20), chunkSize: 1, progress: .bar)
        dup2(saved, STDERR_FILENO)
        close(ends[1])
        let none = text(from: ends[0])
        #expect(none == "")
        let lines = text(from: terminal).split(separator: "\r")
        let areAreas = lines.allSatisfy { $0.hasPrefix("areas ") }
        #expect(lines.count > 2 && areAreas)
        let last = lines.last ?? ""
        let isWhole =
          last.hasPrefix("areas 100% [########################] 40/40 ") && last.contains(" in 0:0")
        #expect(isWhole)
        for end in [ends[0], terminal, screen, saved] { close(end) }
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }
}

private func stream(
  of pool: ProcessPool, _ kind: StreamKind, _ inputs: some Sequence<Int>, _ told: Told
) -> PoolStream<Int> {
  kind == .ordered
    ? pool.mapOrdered(Linger.self, inputs, chunkSize: 1, progress: told.report)
    : pool.mapUnordered(Linger.self, inputs, chunkSize: 1, progress: told.report)
}

/// Checks the progress reports of a call that succeeded.
private func expectWhole(_ all: [PoolProgress], of total: Int) {
  #expect(all.last?.done == total && all.last?.isLast == true)
  #expect(all.dropLast().allSatisfy { !$0.isLast && $0.total == total && $0.done <= total })
  for (one, next) in zip(all, all.dropFirst()) {
    #expect(one.done <= next.done && one.elapsed <= next.elapsed)
    #expect(next.isLast || next.elapsed - one.elapsed >= .milliseconds(100))
  }
}

/// Returns what can be read from a descriptor now.
private func text(from descriptor: CInt) -> String {
  var bytes = [UInt8](repeating: 0, count: 1 << 16)
  let count = unsafe read(descriptor, &bytes, bytes.count)
  return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
}

/// Opens a pseudoterminal; returns its master and its slave. Swift does not import the functions by
/// name.
private func pseudoTerminal() -> (CInt, CInt)? {
  typealias Unlock = @convention(c) (CInt) -> CInt
  typealias Name = @convention(c) (CInt) -> UnsafePointer<CChar>?
  guard let unlock = unsafe dlsym(nil, "unlockpt"), let name = unsafe dlsym(nil, "ptsname") else {
    return nil
  }
  let terminal = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY)
  // SAFETY: these are the types of the functions.
  guard terminal >= 0, unsafe unsafeBitCast(unlock, to: Unlock.self)(terminal) == 0,
    let path = unsafe unsafeBitCast(name, to: Name.self)(terminal)
  else { return nil }
  return (terminal, unsafe open(path, O_RDWR | O_NOCTTY))
}
