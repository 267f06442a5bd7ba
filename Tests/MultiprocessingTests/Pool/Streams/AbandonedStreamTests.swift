import Glibc
import Multiprocessing
import SharedArraysMemory
import TestSupport
import Testing

// SAFETY: `readlink` stores at most 255 of the buffer's 256 bytes and returns their number; only
// those are read.

/// An object whose deallocation a test observes.
private final class Mark: Sendable {}

/// Endless inputs that hold a mark.
private struct Inputs: Sequence, IteratorProtocol, Sendable {
  let mark: Mark
  var count = 0

  mutating func next() -> [Double]? {
    count += 1
    return [Double](repeating: Double(count), count: 300)
  }
}

/// Starts to read an endless stream and abandons it, in one of all possible ways.
private func leaveStream(_ round: Int, of pool: ProcessPool, _ inputs: Inputs) async throws {
  let size = 1 + round % 7
  let stream = pool.stream(
    round % 2 == 0 ? .ordered : .unordered, Echo<[Double]>.self, inputs, chunkSize: size)
  switch round % 5 {
  case 0: for result in stream.results where try result.get()[0] > 2 { break }
  case 1: _ = try stream.makeIterator().next()
  case 2: for try await values in stream where values[0] >= 5 { break }
  case 3:
    let numbers = pool.mapUnordered(Numbers.self, Swift.sequence(first: 0) { $0 + 1 }, chunkSize: 10)
    for result in numbers.results where try result.get()[199] >= 15 { break }
  default:
    let task = Task { [inputs] in
      for try await _ in pool.mapUnordered(Echo<[Double]>.self, inputs, chunkSize: size) {}
    }
    await Task.yield()
    task.cancel()
    let outcome = await task.result
    #expect(code { try outcome.get() } == .cancelled)
  }
}

@Suite(.serialized, .timeLimit(.minutes(30)))
struct AbandonedStreamTests {
  @Test func `abandoned streams leave no work, memory, descriptors or values behind`() async throws {
    let rounds = environmentNumber("POOL_STREAMS", or: 1000)
    weak var mark: Mark?
    do {
      let pool = try ProcessPool(workers: 2, startMethod: .spawn)
      let inputs = Inputs(mark: Mark())
      mark = inputs.mark
      for round in 0..<100 { try await leaveStream(round, of: pool, inputs) }
      _ = try pool.map(Cube.self, 0..<100)
      let (pages, descriptors) = (pagesOfPools(), descriptorsOfPools())
      #expect(pages > 0 && descriptors > 0)
      for round in 0..<rounds { try await leaveStream(round, of: pool, inputs) }
      // Chunks that have been started still finish; then nothing is left.
      #expect(waitUntil { descriptorsOfPools() == descriptors })
      #expect(try pool.map(Cube.self, 0..<100) == (0..<100).map { $0 * $0 * $0 })
      #expect(pagesOfPools() <= pages + 256, "the memory of the pool grew with the number of streams")
      // This waits for all remaining jobs.
      pool.shutdown()
    }
    #expect(waitUntil { mark == nil }, "the inputs are still referenced")
  }
}

/// Returns the targets of this process's descriptors.
private func links() -> [(number: Int, text: String)] {
  (0..<2000).compactMap { number in
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { text in
      let count = unsafe readlink("/proc/self/fd/\(number)", text.baseAddress!, 255)
      return count > 0 ? (number, unsafe String(decoding: text.prefix(count), as: UTF8.self)) : nil
    }
  }
}

/// Returns the page count of the pool's memory, which includes pages that were in use before.
private func pagesOfPools() -> Int {
  links().filter { $0.text.contains("sharedarrays-pool") }.map { link in
    var status = stat()
    return unsafe fstat(CInt(link.number), &status) == 0 ? Int(status.st_blocks) / 8 : 0
  }.max() ?? 0
}

private func descriptorsOfPools() -> Int {
  links().count { link in
    link.text.contains("memfd") || link.text.contains("pidfd") || link.text.hasPrefix("socket")
  }
}
