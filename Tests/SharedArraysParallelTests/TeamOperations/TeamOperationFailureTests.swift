import Glibc
import SharedArraysCore
import SharedArraysMemory
import SharedArraysParallel
import SharedArraysTransfer
import TestSupport
import Testing

/// An operation that fails in the workers whose slabs contain a given number.
enum FailAt: SlabFunction {
  struct Order: BitwiseTransferable, BitwiseCopyable {
    var number: Int
    /// The signal that ends the worker, or 0 for a thrown error.
    var signal: Int32
  }

  static func call(_ slab: SharedArray<Int>, _ order: Order) throws {
    if slab.toArray().contains(order.number) {
      if order.signal == 0 { throw Unexpected() }
      kill(getpid(), order.signal)
    }
    slab.update { $0 + 100 }
  }
}

private enum Hidden: SlabFunction {
  static func call(_ slab: SharedArray<Int>, _: NoValue) {}
}

/// Mistakes that end the process with a message.
enum OperationMisuse: Codable, CaseIterable {
  case largeArgument, largeResult, noAxis, unlikeExtents, detached

  var sentence: String {
    switch self {
    case .largeArgument: "A team operation's argument can have at most 256 bytes, not 264."
    case .largeResult: "A team reduction's result can have at most 256 bytes, not 264."
    case .noAxis: "An array of rank 0 has no axis to partition."
    case .unlikeExtents: "parallelMap needs arrays with the same extent of axis 0, not 3 and 4."
    case .detached: "A team cannot work on a detached array."
    }
  }

  func happen() throws {
    let team = try WorkerTeam(workers: 1)
    func array(_ shape: Shape) throws -> SharedArray<Double> { try SharedArray(shape: shape) }
    switch self {
    case .largeArgument:
      try parallelForEach(
        TakeMuch.self, over: array([3]), argument: InlineArray<33, Int>(repeating: 0), on: team)
    case .largeResult:
      _ = try parallelReduce(
        GiveMuch.self, over: array([3]), initial: InlineArray<33, Int>(repeating: 0), argument: NoValue(),
        on: team)
    case .noAxis: try parallelForEach(Scale.self, over: array([]), argument: 1, on: team)
    case .unlikeExtents:
      try parallelMap(AddScaled.self, over: array([3, 1]), into: array([4, 1]), argument: 1, on: team)
    case .detached:
      var array = try array([3])
      try array.detach()
      try parallelForEach(Scale.self, over: array, argument: 1, on: team)
    }
  }
}

enum TakeMuch: SlabFunction {
  static func call(_ slab: SharedArray<Double>, _: InlineArray<33, Int>) {}
}

enum GiveMuch: SlabReduction {
  static func reduce(_ block: SharedArray<Double>, _: NoValue) -> InlineArray<33, Int> {
    InlineArray(repeating: 0)
  }
  static func combine(_ left: InlineArray<33, Int>, _: InlineArray<33, Int>) -> InlineArray<33, Int> { left }
}

@Suite(.serialized, .timeLimit(.minutes(3)))
struct TeamOperationFailureTests {
  @Test(arguments: [2, 3], [SIGKILL, SIGSEGV, 0])
  func `the error of an operation names the worker and its indices, and the team continues`(
    workers: Int, signal: Int32
  ) async {
    await #expect(processExitsWith: .success) { [workers, signal] in
      inOwnProcess {
        let team = try WorkerTeam(workers: workers)
        let array = try SharedArray<Int>.arange(30)
        for _ in 0..<3 {
          for worker in 0..<workers {
            let range = Partition.blocks.range(ofPiece: worker, of: 30, workers: workers)
            try array.update(from: SharedArray<Int>.arange(30))
            let order = FailAt.Order(number: range.lowerBound, signal: signal)
            let error = try teamFailure { () throws(TeamError) in
              try parallelForEach(FailAt.self, over: array, argument: order, on: team, timeout: longTime)
            }
            #expect(error.code == (signal == 0 ? .threw : .died) && error.worker == worker, "\(error)")
            #expect(error.range == range && error.incompleteRanges(of: 30) == [range], "\(error)")
            #expect(array.toArray() == (0..<30).map { range.contains($0) ? $0 : $0 + 100 })
          }
          try array.update(from: SharedArray<Int>.arange(30))
          try parallelForEach(
            FailAt.self, over: array, argument: FailAt.Order(number: -1, signal: 0), on: team,
            timeout: longTime)
          #expect(array.toArray() == (0..<30).map { $0 + 100 })
        }
      }
    }
  }

  @Test
  func `an operation or array that members cannot find or map is an error before any worker runs`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let team = try WorkerTeam(workers: 2)
        let array = try SharedArray<Int>(shape: [4])
        let hidden = try teamFailure { () throws(TeamError) in
          try parallelForEach(Hidden.self, over: array, argument: NoValue(), on: team)
        }
        #expect(hidden.code == .notResolvable && hidden.description.contains("Hidden"))
        let gone = try SharedArray<Double>.create(.generated, shape: [4])
        try gone.unlink()
        let unmapped = try teamFailure { () throws(TeamError) in
          try parallelForEach(Scale.self, over: gone, argument: 2, on: team)
        }
        #expect(unmapped.code == .notTransferable)
        #expect(gone.toArray() == [0, 0, 0, 0])
        let still = try SharedArray<Double>(shape: [4])
        still.fill(3)
        try parallelForEach(Scale.self, over: still, argument: 2, on: team, timeout: longTime)
        #expect(still.toArray() == [6, 6, 6, 6])
      }
    }
  }

  @Test(arguments: OperationMisuse.allCases)
  func `a misused operation ends the program with a sentence`(misuse: OperationMisuse) async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [misuse] in
      try misuse.happen()
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains(misuse.sentence), "\(text)")
  }
}

/// Returns the error of a run that is expected to fail.
private func teamFailure(
  _ location: SourceLocation = #_sourceLocation, of call: () throws(TeamError) -> Void
) throws -> TeamError {
  do throws(TeamError) { try call() } catch { return error }
  Issue.record("it succeeded", sourceLocation: location)
  throw Unexpected()
}
