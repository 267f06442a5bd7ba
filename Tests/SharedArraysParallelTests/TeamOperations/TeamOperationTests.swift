import Glibc
import SharedArraysCore
import SharedArraysMemory
import SharedArraysParallel
import SharedArraysSystem
import SharedArraysTransfer
import TestSupport
import Testing

enum Scale: SlabFunction {
  static func call(_ slab: SharedArray<Double>, _ factor: Double) { slab.update { $0 * factor } }
}

enum SignWithProcess: SlabFunction {
  static func call(_ slab: SharedArray<Int>, _ addend: Int) { slab.update { _ in currentProcess() + addend } }
}

enum AddScaled: SlabMapping {
  static func call(_ x: SharedArray<Double>, into y: SharedArray<Double>, _ factor: Double) {
    for row in 0..<x.shape[0] {
      for column in 0..<x.shape[1] { y[row, column] += factor * x[row, column] }
    }
  }
}

enum Total: SlabReduction {
  static func reduce(_ block: SharedArray<Double>, _: NoValue) -> Double { block.sum() }
  static func combine(_ left: Double, _ right: Double) -> Double { left + right }
}

/// A reduction that shows the order in which blocks are combined.
enum Extent: SlabReduction {
  struct Span: BitwiseTransferable, BitwiseCopyable, Hashable {
    var first, count, joinings: Int
  }

  static func reduce(_ block: ReadOnlySharedArray<Int>, _ offset: Int) -> Span {
    Span(first: block[0, 0] + offset, count: block.shape[0], joinings: 0)
  }

  static func combine(_ left: Span, _ right: Span) -> Span {
    precondition(left.first + left.count == right.first)
    return Span(
      first: left.first, count: left.count + right.count, joinings: left.joinings + right.joinings + 1)
  }
}

struct Box<Element: SharedArrayElement> {
  enum Fill: SlabFunction {
    static func call(_ slab: SharedArray<Element>, _ value: Element) { slab.fill(value) }
  }
}

@Suite(.serialized, .timeLimit(.minutes(3)))
struct TeamOperationTests {
  @Test(arguments: TeamKind.all)
  func
    `functions of slabs work on arrays that are older and younger than the team, with arguments of each run`(
      kind: TeamKind
    ) async
  {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        let small = try SharedArray<Double>(shape: [5, 2])
        let named = try SharedArray<Double>.create(.generated, shape: [7])
        let team = try WorkerTeam(workers: kind.workers, includesCaller: kind.includesCaller)
        let large = try SharedArray<Double>(shape: [300, 100])
        for array in [small, named, large, try SharedArray<Double>(shape: [0, 3])] {
          array.fill(3)
          for run in 1...20 {
            try parallelForEach(
              Scale.self, over: array, argument: run % 2 == 0 ? 0.5 : 2, on: team, timeout: longTime)
            #expect(array.toArray() == [Double](repeating: run % 2 == 0 ? 3 : 6, count: array.count))
          }
        }
      }
    }
  }

  @Test(arguments: TeamKind.all)
  func `each worker has the block of axis 0 that the partition assigns to it`(kind: TeamKind) async {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        let team = try WorkerTeam(workers: kind.workers, includesCaller: kind.includesCaller)
        let pids = team.workerPIDs.map { $0! } + (kind.includesCaller ? [currentProcess()] : [])
        for rows in [1, 2, 10, 1000] {
          let array = try SharedArray<Int>(shape: [rows])
          try parallelForEach(SignWithProcess.self, over: array, argument: 1, on: team, timeout: longTime)
          let pieces = Partition.blocks.pieceCount(of: rows, workers: kind.workers)
          for piece in 0..<pieces {
            let range = Partition.blocks.range(ofPiece: piece, of: rows, workers: kind.workers)
            #expect(array.slice(range).toArray() == range.map { _ in pids[piece] + 1 })
          }
        }
      }
    }
  }

  @Test(arguments: TeamKind.all)
  func
    `a mapping reads views of one array and writes views of another, alternating with the closure of the team`(
      kind: TeamKind
    ) async
  {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        let calls = try SharedArray<Int>(shape: [kind.workers])
        let team = try kind.team { (worker: TeamContext, step: Int) in calls[worker.index] += step }
        let x = try numbers([40, 30])
        let y = try numbers([30, 40])
        let (before, source) = (y.toArray(), x.transposed().toArray())
        for _ in 0..<10 {
          try parallelMap(
            AddScaled.self, over: x.transposed(), into: y, argument: 0.5, on: team, timeout: longTime)
          try team.run(3, timeout: longTime)
        }
        let expected = zip(before, source).map { old, x in (0..<10).reduce(old) { sum, _ in sum + 0.5 * x } }
        #expect(y.toArray() == expected)
        #expect(calls.toArray() == [Int](repeating: 30, count: kind.workers))
      }
    }
  }

  @Test(arguments: TeamKind.all)
  func `a reduction gives the same bits on every team as in forked workers`(kind: TeamKind) async {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        let team = try WorkerTeam(workers: kind.workers, includesCaller: kind.includesCaller)
        for shape in [[0], [1], [999, 77], [1_000_003]] as [Shape] {
          let array = try numbers(shape)
          let forked = try array.parallelReduce(0.25, workers: 2, { $0.sum() }, combine: +)
          for _ in 0..<3 {
            let total = try parallelReduce(
              Total.self, over: array, initial: 0.25, argument: NoValue(), on: team, timeout: longTime)
            #expect(total.bitPattern == forked.bitPattern)
          }
        }
      }
    }
  }

  @Test
  func `a reduction with too many blocks uses larger ones, and combines each once, in order`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let team = try WorkerTeam(workers: 3)
        for (rows, blocks) in [(4095, 4095), (4096, 4096), (4097, 2049), (9000, 3000)] {
          let first = try SharedArray<Int>.arange(rows)
          // Each row has the number of elements of a block.
          let view = first.reshaped([rows, 1]).broadcast(to: [rows, 1 << 16])
          let span = try parallelReduce(
            Extent.self, over: view, initial: Extent.Span(first: 2, count: 5, joinings: 0), argument: 7,
            on: team, timeout: longTime)
          #expect(span == Extent.Span(first: 2, count: rows + 5, joinings: blocks))
        }
      }
    }
  }

  @Test
  func `a team finds nested generic types, and more arrays than it keeps`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let team = try WorkerTeam(workers: 2)
        let floats = try (0..<40).map { _ in try SharedArray<Float>(shape: [20_000]) }
        let bytes = try SharedArray<UInt8>(shape: [300])
        for run in 1...3 {
          for array in floats {
            try parallelForEach(
              Box<Float>.Fill.self, over: array, argument: Float(run), on: team, timeout: longTime)
          }
          try parallelForEach(
            Box<UInt8>.Fill.self, over: bytes, argument: UInt8(run), on: team, timeout: longTime)
          #expect(bytes.toArray() == [UInt8](repeating: UInt8(run), count: 300))
          #expect(floats.allSatisfy { $0[0] == Float(run) && $0[19_999] == Float(run) })
        }
      }
    }
  }

  @Test
  func `members unmap arrays after a second without work`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let team = try WorkerTeam(workers: 2)
        let array = try SharedArray<Double>(shape: [1 << 20])
        let before = team.workerPIDs.map { mappedObjects(of: $0!) }
        for _ in 0..<2 {
          array.fill(1)
          try parallelForEach(Scale.self, over: array, argument: 3, on: team, timeout: longTime)
          #expect(array[0] == 3 && array[(1 << 20) - 1] == 3)
          for (index, pid) in team.workerPIDs.enumerated() {
            #expect(mappedObjects(of: pid!) == before[index] + 1)
          }
          for (index, pid) in team.workerPIDs.enumerated() {
            #expect(waitUntil { mappedObjects(of: pid!) == before[index] })
          }
        }
      }
    }
  }
}
