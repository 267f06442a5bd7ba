import Glibc
import Multiprocessing
import SharedArraysMemory
import TestSupport
import Testing

/// Returns, for each input, the number of inputs in its chunk.
enum SlowChunkSize: WorkFunction {
  static func call(_ n: Int) -> Int { 0 }

  static func runChunk(_ chunk: WorkChunk) throws {
    let count = chunk.range.count
    try chunk.run { (n: Int) -> Int in
      usleep(3000)
      return count
    }
  }
}

enum FastChunkSize: WorkFunction {
  static func call(_ n: Int) -> Int { 0 }

  static func runChunk(_ chunk: WorkChunk) throws {
    let count = chunk.range.count
    try chunk.run { (n: Int) -> Int in count }
  }
}

/// The number of inputs a worker takes at a time where the caller does not specify it.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct PoolChunkSizeTests {
  @Test func `chunks get smaller for slow tasks, and keep their size for fast ones`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 1)
        #expect(try pool.map(FastChunkSize.self, 0..<640) == [Int](repeating: 10, count: 640))
        #expect(try pool.map(FastChunkSize.self, 0..<640) == [Int](repeating: 10, count: 640))
        #expect(try pool.map(SlowChunkSize.self, 0..<256) == [Int](repeating: 4, count: 256))
        #expect(try pool.map(SlowChunkSize.self, 0..<256) == [Int](repeating: 1, count: 256))
        #expect(try pool.map(SlowChunkSize.self, 0..<4, chunkSize: 3) == [3, 3, 3, 1])
        try pool.resize(to: 4)
        #expect(try pool.map(FastChunkSize.self, 0..<2560) == [Int](repeating: 10, count: 2560))
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }
}
