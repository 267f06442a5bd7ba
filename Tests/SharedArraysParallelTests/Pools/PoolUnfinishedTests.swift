import Glibc
import Multiprocessing
import SharedArraysCore
import SharedArraysParallel
import SharedArraysTransfer
import TestSupport
import Testing

/// Tests of the array for the outputs after a call that failed.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct PoolUnfinishedTests {
  private static let methods: [StartMethod] = [.fork, .spawn, .forkServer]

  /// Returns whether every element outside the unfinished ranges is correct, and the ranges are in
  /// order and not adjacent.
  private static func isRight(_ array: SharedArray<Int>, _ error: PoolError) -> Bool {
    var end = -1
    for range in error.unfinishedRanges {
      guard range.lowerBound > end, !range.isEmpty, range.upperBound <= array.count else { return false }
      end = range.upperBound
    }
    let values = array.toArray()
    return values.indices.allSatisfy { index in
      values[index] == index * index * index || error.unfinishedRanges.contains { $0.contains(index) }
    }
  }

  @Test(arguments: methods, [1, 7, 500, 5000])
  func `the error of a map whose worker dies while writing outputs names the missing outputs`(
    method: StartMethod, chunkSize: Int
  ) async {
    await #expect(processExitsWith: .success) { [method, chunkSize] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2, startMethod: method)
        let array = try SharedArray<Int>(shape: [2000])
        array.fill(-1)
        let inputs = (0..<2000).map { TransferPair($0, 1003) }
        let error = try #require(
          #expect(throws: PoolError.self) {
            try pool.map(CubeUnlessSame.self, inputs, into: array, chunkSize: chunkSize, retries: 0)
          })
        #expect(error.code == .died)
        let range = try #require(error.range)
        #expect(
          range.contains(1003)
            && error.unfinishedRanges.contains { $0.lowerBound <= 1003 && 1003 < $0.upperBound })
        #expect(error.unfinishedRanges.contains { $0.clamped(to: range) == range })
        #expect(Self.isRight(array, error))
        #expect(error.description.contains("Not finished: "))
        try pool.map(ThirdPower.self, 0..<2000, into: array)
        #expect(array.toArray() == (0..<2000).map { $0 * $0 * $0 })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `an array is complete, or the error names all missing outputs, if workers are killed`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        let array = try SharedArray<Int>(shape: [20_000])
        var failures = 0
        for round in 0..<(Int(getenv("POOL_FAULTS").map { String(cString: $0) } ?? "") ?? 40) {
          alarm(110)
          array.fill(-1)
          let victim = pool.workerPIDs.randomElement() ?? 0
          let killer = try WorkerProcess<NoValue>.start {
            usleep(UInt32.random(in: 0..<2000))
            if victim > 0 { kill(pid_t(victim), SIGKILL) }
            return NoValue()
          }
          do throws(PoolError) {
            try pool.map(ThirdPower.self, 0..<20_000, into: array, chunkSize: 1 + round % 90, retries: 0)
            #expect(array.toArray() == (0..<20_000).map { $0 * $0 * $0 })
          } catch {
            failures += 1
            #expect(error.code == .died && !error.unfinishedRanges.isEmpty && Self.isRight(array, error))
          }
          try killer.join()
        }
        #expect(failures > 0)
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a call that never started lacks all outputs, and a call without an array lists none`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 1)
        let array = try SharedArray<Int>(shape: [10])
        let inputs = (0..<10).map { TransferPair($0, 0) }
        let first = #expect(throws: PoolError.self) {
          try pool.map(CubeUnlessSame.self, inputs, into: array, chunkSize: 1, retries: 0)
        }
        #expect(first?.unfinishedRanges == [0..<10])
        let second = #expect(throws: PoolError.self) {
          try pool.map(CubeUnlessSame.self, inputs, chunkSize: 1, retries: 0)
        }
        #expect(second?.unfinishedRanges == [] && second?.description.contains("Not finished") == false)
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }
}
