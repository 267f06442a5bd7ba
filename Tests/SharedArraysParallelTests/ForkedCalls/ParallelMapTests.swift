import Multiprocessing
import SharedArraysCore
import SharedArraysParallel
import SharedArraysSystem
import SharedArraysTransfer
import TestSupport
import Testing

func coreCount() -> Int { ComputeBudget.cores }

@Suite(.serialized, .timeLimit(.minutes(2)))
struct ParallelMapTests {
  @Test(arguments: 1...5, Pieces.all)
  func `results equal those of a serial loop bit by bit, in order`(workers: Int, pieces: Pieces) async {
    await #expect(processExitsWith: .success) { [workers, pieces] in
      inOwnProcess {
        let partition = pieces.partition
        for count in 0...40 {
          let array = try numbers([count, 2])
          let results = try array.parallelMap(workers: workers, partition: partition, timeout: longTime) {
            $0.norm() / 3
          }
          let expected = (0..<partition.pieceCount(of: count, workers: workers)).map { piece in
            array.slice(partition.range(ofPiece: piece, of: count, workers: workers)).norm() / 3
          }
          #expect(results.map(\.bitPattern) == expected.map(\.bitPattern), "of \(count) rows")
        }
      }
    }
  }

  @Test func `views and read-only arrays can be mapped`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let array = try numbers([6, 8])
        let columns = try array.transposed().parallelMap(workers: 3, partition: .chunks(of: 1)) { $0.sum() }
        #expect(columns == (0..<8).map { array[.all, $0].sum() })
        let reversed = try array[.stride(by: -2), 1...3].parallelMap(workers: 2, partition: .chunks(of: 1)) {
          $0.sum()
        }
        #expect(reversed == [5, 3, 1].map { array[$0, 1...3].sum() })
        let readOnly = ReadOnlySharedArray(storage: array.storage)
        let rows = try readOnly.parallelMap(workers: 2, partition: .chunks(of: 1)) { $0.sum() }
        #expect(rows == (0..<6).map { array[$0, .all].sum() })
      }
    }
  }

  @Test func `a body receives its piece`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let array = try numbers([11])
        let indices = try array.parallelMap(workers: 3, partition: .chunks(of: 2), timeout: longTime) {
          slab, chunk in
          chunk.range.lowerBound * 1000 + chunk.index * 10 + slab.count
        }
        #expect(indices == [2, 2012, 4022, 6032, 8042, 10051])
      }
    }
  }

  @Test func `results of every raw type arrive`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let array = try SharedArray((0..<9).map { Int32($0) })
        let extremes = try array.parallelMap(workers: 3, timeout: longTime) { slab in
          Extremes(
            isFull: true, low: Double(slab[0]), high: Float(slab[slab.count - 1]), count: Int16(slab.count))
        }
        #expect(extremes.map(\.low) == [0, 3, 6])
        #expect(extremes.map(\.high) == [2, 5, 8])
        #expect(extremes.allSatisfy { $0.isFull && $0.count == 3 })

        let odd = try array.parallelMap(workers: 2, partition: .chunks(of: 1)) {
          $0[0] % 2 == 1 ? $0[0] : nil
        }
        #expect(odd == [nil, 1, nil, 3, nil, 5, nil, 7, nil])
        let flags = try array.parallelMap(workers: 2, partition: .chunks(of: 1)) { $0[0] > 4 }
        #expect(flags == (0..<9).map { $0 > 4 })
        let wide = try array.parallelMap(workers: 2, partition: .chunks(of: 4)) { Int128($0[0]) << 100 }
        #expect(wide == [0, 4 << 100, 8 << 100])
        let nothing = try array.parallelMap(workers: 2, partition: .chunks(of: 3)) { _ in Empty() }
        #expect(nothing.count == 3)
      }
    }
  }

  @Test func `results of eight MiB arrive complete`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let array = try SharedArray<Int>((0..<1024).map { $0 })
        let results = try array.parallelMap(workers: 3, partition: .chunks(of: 1), timeout: longTime) {
          slab in
          Row(numbers: InlineArray { slab[0] * 1024 + $0 })
        }
        #expect(results.count == 1024)
        for (row, result) in results.enumerated() {
          let isRight = (0..<1024).allSatisfy { result.numbers[$0] == row * 1024 + $0 }
          #expect(isRight, "in row \(row)")
        }
      }
    }
  }

  @Test(arguments: [[0], [0, 5], [5, 0]])
  func `an array without rows gives no results, and empty rows give empty slabs`(extents: [Int]) async {
    await #expect(processExitsWith: .success) { [extents] in
      inOwnProcess {
        let array = try SharedArray<Double>(shape: Shape(extents))
        let counts = try array.parallelMap(workers: 2, partition: .chunks(of: 2), timeout: longTime) { slab in
          slab.count + slab.shape[0] * 10
        }
        #expect(counts == (extents[0] == 0 ? [] : [20, 20, 10]))
      }
    }
  }
}

/// A value with padding between its fields.
private struct Extremes: BitwiseTransferable {
  var isFull: Bool
  var low: Double
  var high: Float
  var count: Int16
}

private struct Empty: BitwiseTransferable {}

private struct Row: BitwiseTransferable {
  var numbers: InlineArray<1024, Int>
}
