import Glibc
import Multiprocessing
import SharedArraysParallel
import SharedArraysSystem
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct ForkedCallResultTests {
  @Test(arguments: [0, 1, 2, 3, 17, 256], [1, 2, 5, 40])
  func `claimed chunks give their results in order, whatever the number of workers`(chunks: Int, workers: Int)
    async
  {
    await #expect(processExitsWith: .success) { [chunks, workers] in
      inOwnProcess {
        let results = try run(chunks, workers: workers) { $0.index * 1000 + $0.range.lowerBound }
        #expect(results == (0..<chunks).map { $0 * 1010 })
      }
    }
  }

  @Test(arguments: [1, 2, 3, 40])
  func `worker i does chunk i of fixed chunks`(workers: Int) async {
    await #expect(processExitsWith: .success) { [workers] in
      inOwnProcess {
        let results = try run(workers, workers: workers, .fixed) { $0.index * 1000 + $0.worker }
        #expect(results == (0..<workers).map { $0 * 1001 })
      }
    }
  }

  @Test func `every chunk is done exactly once, by a worker of the call`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let words = try SharedWords()
        let workers = try run(400, workers: 4) { chunk in
          words.add(1, to: chunk.index)
          return chunk.worker
        }
        #expect((0..<400).allSatisfy { words[$0] == 1 })
        #expect(workers.allSatisfy { (0..<4).contains($0) })
      }
    }
  }

  @Test func `a call without chunks forks no process`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        try FaultInjection.failing("fork", with: ErrorCode.wouldBlock, forEver: true) {
          let results = try run(0, workers: 4) { _ in 1 }
          #expect(results == [])
        }
      }
    }
  }

  @Test func `changes by a body outside shared memory stay in its worker`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        var count = 5
        let seen = try run(3, workers: 3, .fixed) { _ in
          count += 1
          return count
        }
        #expect(seen == [6, 6, 6])
        #expect(count == 5)
      }
    }
  }

  @Test func `a worker can make a parallel call itself`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let sums = try run(3, workers: 2) { outer in
          try run(4, workers: 2) { outer.index * 10 + $0.index }.reduce(0, +)
        }
        #expect(sums == [6, 46, 86])
      }
    }
  }

  @Test func `threads can make parallel calls at the same time`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let words = try SharedWords()
        expectNextCallIsExact()
        onThreads(4) { thread in
          for round in 0..<25 {
            let results = try? run(3, workers: 2) { thread * 100 + round + $0.index }
            if results == (0..<3).map({ thread * 100 + round + $0 }) { words.add(1, to: thread) }
          }
        }
        #expect((0..<4).map { words[$0] } == [25, 25, 25, 25])
      }
    }
  }

  @Test(arguments: [(2, 256), (1, 1 << 20), (5, 1600)])
  func `large results and results of odd size arrive complete`(chunks: Int, byteCount: Int) async {
    await #expect(processExitsWith: .success) { [chunks, byteCount] in
      inOwnProcess {
        let options = ForkedCall.Options(workers: 2, timeout: .seconds(60))
        // SAFETY: `place` has room for the `byteCount` bytes of a chunk's result, and the results
        // of all chunks are adjacent.
        let sum = try unsafe ForkedCall.run(
          options, chunks: chunks, range: indices(ofChunk:), isDynamic: true, resultStride: byteCount,
          body: { chunk, place in unsafe memset(place, CInt(chunk.index + 1), byteCount) },
          results: { place in
            unsafe UnsafeRawBufferPointer(start: place, count: chunks * byteCount).reduce(0) { $0 + Int($1) }
          })
        #expect(sum == byteCount * (1...chunks).reduce(0, +))
      }
    }
  }

  @Test func `a call can have as many workers as the kernel lets one call watch`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let results = try run(1024, workers: 1024, .fixed) { $0.worker }
        #expect(results == Array(0..<1024))
      }
    }
  }

  @Test func `more workers than the limit are refused before any work is done`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let error = try failure { () throws(WorkerError) in try run(1025, workers: 1025) { _ in 1 } }
        #expect(error.code == .cannotStart)
        #expect(error.description.contains("1024"))
        #expect(error.unfinishedRanges == [0..<10250])
      }
    }
  }

  @Test func `the default number of cores is at least one`() {
    #expect(ComputeBudget.cores >= 1)
    #expect(ForkedCall.Options(workers: nil, timeout: nil).workers == ComputeBudget.cores)
  }

  @Test(arguments: [0, -3])
  func `zero workers trap with a sentence`(workers: Int) async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [workers] in
      _ = ForkedCall.Options(workers: workers, timeout: nil)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("A parallel call needs at least one worker, not \(workers)."))
  }
}
