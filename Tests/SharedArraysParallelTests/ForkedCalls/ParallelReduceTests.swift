import Multiprocessing
import SharedArraysCore
import SharedArraysParallel
import SharedArraysTransfer
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct ParallelReduceTests {
  @Test(arguments: [[0], [1], [1000], [300_000], [1000, 700], [3, 200_000], [5, 0], [0, 5]])
  func `a sum has the same bits for any number of workers, those of the documented tree`(extents: [Int]) async
  {
    await #expect(processExitsWith: .success) { [extents] in
      inOwnProcess {
        let array = try numbers(Shape(extents))
        let expected = tree(array).map { 0.25 + $0 } ?? 0.25
        for workers in 1...7 {
          let sum = try array.parallelReduce(
            0.25, workers: workers, timeout: longTime, { $0.sum() }, combine: +)
          #expect(sum.bitPattern == expected.bitPattern, "with \(workers) workers")
        }
        let sum = try array.parallelReduce(0.25, { $0.sum() }, combine: +)
        #expect(sum.bitPattern == expected.bitPattern)
      }
    }
  }

  @Test(arguments: [1, 2, 3, 5, 8, 13])
  func `neighbours are combined from left to right, and the initial value once`(blocks: Int) async {
    await #expect(processExitsWith: .success) { [blocks] in
      inOwnProcess {
        // Each row is long enough to be a block.
        let array = try SharedArray<Int8>(shape: [blocks, 70_000])
        for row in 0..<blocks { array[row, .all].fill(Int8(row)) }
        let joined = try array.parallelReduce(
          Stretch(first: -1, last: -1, joins: 0), workers: 3, timeout: longTime,
          { slab in Stretch(first: Int(slab[0, 0]), last: Int(slab[0, 0]), joins: 0) },
          combine: { left, right in
            #expect(left.last + 1 == right.first)
            return Stretch(first: left.first, last: right.last, joins: left.joins + right.joins + 1)
          })
        #expect(joined.first == -1 && joined.last == blocks - 1 && joined.joins == blocks)
      }
    }
  }

  @Test func `a view is reduced like its copy`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let array = try numbers([400, 600])
        for view in [array[.stride(by: 2), .all], array[.all, 100..<500], array[.stride(by: -1), .all]] {
          let copy = try view.copy()
          let sum = try view.parallelReduce(0, workers: 2, { $0.sum() }, combine: +)
          let sumOfCopy = try copy.parallelReduce(0, workers: 3, { $0.sum() }, combine: +)
          #expect(abs(sum - sumOfCopy) <= 1e-9)
          #expect(try view.parallelReduce(0, workers: 5, { $0.sum() }, combine: +) == sum)
        }
      }
    }
  }

  @Test func `an error in a block is a typed error`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let array = try numbers([300_000])
        let error = try failure { () throws(WorkerError) in
          _ = try array.parallelReduce(
            0, workers: 2, timeout: longTime,
            { slab in
              if slab.shape[0] < 1 << 16 { throw Unexpected() }
              return slab.sum()
            }, combine: +)
        }
        #expect(error.code == .threw)
        #expect(error.errorType == "Unexpected")
        #expect(error.range == 4 << 16..<300_000)
      }
    }
  }
}

/// Returns the sum as documented for `parallelReduce`: of blocks of about 64 Ki elements, combined
/// pairwise.
private func tree(_ array: SharedArray<Double>) -> Double? {
  let rows = array.shape[0]
  let size = max(1, 65_536 / max(1, array.count / max(1, rows)))
  var sums = stride(from: 0, to: rows, by: size).map { array.slice($0..<min(rows, $0 + size)).sum() }
  while sums.count > 1 {
    sums = stride(from: 0, to: sums.count, by: 2).map {
      $0 + 1 < sums.count ? sums[$0] + sums[$0 + 1] : sums[$0]
    }
  }
  return sums.first
}

private struct Stretch: BitwiseTransferable {
  var first: Int
  var last: Int
  var joins: Int
}
