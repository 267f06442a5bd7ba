import Multiprocessing
import SharedArraysCore
import SharedArraysParallel
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct ParallelForEachTests {
  @Test(arguments: 1...5, Pieces.all)
  func `work in place gives the same bits as a serial loop`(workers: Int, pieces: Pieces) async {
    await #expect(processExitsWith: .success) { [workers, pieces] in
      inOwnProcess {
        for count in 0...40 {
          let array = try numbers([count])
          let expected = array.toArray().map { transform($0).bitPattern }
          try array.parallelForEach(workers: workers, partition: pieces.partition, timeout: longTime) {
            slab in
            slab.update(transform)
          }
          #expect(array.bits == expected, "of \(count) elements")
        }
      }
    }
  }

  @Test(arguments: Pieces.all)
  func `a body receives its piece, and its slab is that piece`(pieces: Pieces) async {
    await #expect(processExitsWith: .success) { [pieces] in
      inOwnProcess {
        let array = try SharedArray<Int>(shape: [17, 3])
        let partition = pieces.partition
        try array.parallelForEach(workers: 4, partition: partition, timeout: longTime) { slab, chunk in
          let range = partition.range(ofPiece: chunk.index, of: 17, workers: 4)
          if chunk.range != range || slab.shape != [range.count, 3] || !(0..<4).contains(chunk.worker) {
            throw Unexpected()
          }
          slab.fill(chunk.index * 100 + chunk.range.lowerBound)
        }
        let expected = (0..<partition.pieceCount(of: 17, workers: 4)).flatMap { piece in
          let range = partition.range(ofPiece: piece, of: 17, workers: 4)
          return [Int](repeating: piece * 100 + range.lowerBound, count: range.count * 3)
        }
        #expect(array.toArray() == expected)
      }
    }
  }

  /// A view of an array of 12 rows and 10 columns.
  enum View: Codable, CaseIterable {
    case strided, reversed, transposed, inner, column, threeAxes

    func of(_ array: SharedArray<Double>) -> SharedArray<Double> {
      switch self {
      case .strided: array[.stride(by: 3), .stride(by: 2)]
      case .reversed: array[.stride(by: -1), .stride(by: -2)]
      case .transposed: array.transposed()
      case .inner: array[2..<9, 3..<7]
      case .column: array[.all, 4]
      case .threeAxes: array.reshaped([4, 3, 10]).transposed([2, 0, 1])
      }
    }
  }

  @Test(arguments: View.allCases, Pieces.all)
  func `a view is worked on in place, and nothing beside it`(view: View, pieces: Pieces) async {
    await #expect(processExitsWith: .success) { [view, pieces] in
      inOwnProcess {
        let array = try numbers([12, 10])
        let expected = try array.copy()
        view.of(expected).update(transform)
        try view.of(array).parallelForEach(workers: 3, partition: pieces.partition, timeout: longTime) {
          slab in
          slab.update(transform)
        }
        #expect(array.bits == expected.bits)
      }
    }
  }

  @Test(arguments: 1...5)
  func `several arrays are partitioned in the same way`(workers: Int) async {
    await #expect(processExitsWith: .success) { [workers] in
      inOwnProcess {
        for count in [0, 1, 2, 7, 40] {
          for pieces in Pieces.all {
            let x = try numbers([count, 3])
            let scales = try SharedArray((0..<count).map { Float($0) + 0.5 })
            let counts = try SharedArray<Int32>(shape: [count, 2, 2])
            try parallelForEach(
              x.transposed().transposed(), ReadOnlySharedArray(storage: scales.storage), counts,
              workers: workers, partition: pieces.partition, timeout: longTime
            ) { x, scales, counts in
              if x.shape[0] != scales.shape[0] || counts.shape != [x.shape[0], 2, 2] { throw Unexpected() }
              for row in 0..<x.shape[0] {
                x[row, .all].update { $0 * Double(scales[row]) }
                counts[row, .all, .all].fill(Int32(scales[row]) + 1)
              }
            }
            let expected = try numbers([count, 3])
            for row in 0..<count { expected[row, .all].update { $0 * (Double(row) + 0.5) } }
            #expect(x.bits == expected.bits)
            #expect(counts.toArray() == (0..<count).flatMap { [Int32](repeating: Int32($0) + 1, count: 4) })
          }
        }
      }
    }
  }

  @Test func `more workers than rows are not started`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        for workers in [4, 1000, .max] {
          let array = try SharedArray<Int>(shape: [3])
          try array.parallelForEach(workers: workers, timeout: longTime) { slab, chunk in
            slab.fill(chunk.worker + 1)
          }
          #expect(array.toArray() == [1, 2, 3])
        }
      }
    }
  }

  @Test func `the default number of workers is one for each core`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let array = try SharedArray<Int>(shape: [1000])
        try array.parallelForEach { slab in slab.fill(slab.count) }
        let sizes = Set(array.toArray())
        #expect(sizes == [1000 / coreCount(), (1000 + coreCount() - 1) / coreCount()])
      }
    }
  }

  @Test(arguments: [[0], [0, 5], [5, 0], [1, 1, 1]])
  func `empty and tiny arrays work like others`(extents: [Int]) async {
    await #expect(processExitsWith: .success) { [extents] in
      inOwnProcess {
        for pieces in Pieces.all {
          let array = try SharedArray<Double>(shape: Shape(extents))
          try array.parallelForEach(workers: 3, partition: pieces.partition, timeout: longTime) { $0.fill(2) }
          #expect(array.toArray() == [Double](repeating: 2, count: array.count))
        }
      }
    }
  }

  @Test func `consecutive calls on the same array each continue from the result of the last`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let array = try SharedArray<Int>(shape: [100, 10])
        for round in 0..<50 {
          try array.parallelForEach(workers: 3, partition: .chunks(of: 7), timeout: longTime) { slab in
            slab.update { $0 + round }
          }
        }
        #expect(array.toArray() == [Int](repeating: 49 * 50 / 2, count: 1000))
      }
    }
  }
}

/// Returns a result that is rounded, and thus bit-identical only if the operations have the same
/// order.
private func transform(_ x: Double) -> Double { (x * 1.1 + 0.3).squareRoot() / 3 }
