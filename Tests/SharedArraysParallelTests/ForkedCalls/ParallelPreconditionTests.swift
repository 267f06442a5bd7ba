import SharedArraysCore
import SharedArraysParallel
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct ParallelPreconditionTests {
  enum Mistake: Codable, CaseIterable {
    case scalarForEach, scalarMap, scalarReduce, scalarAmongSeveral
    case noWorkers, negativeWorkers, noWorkersForMap, noWorkersForReduce, noWorkersForSeveral
    case differentExtents

    func make() throws {
      let scalar = try SharedArray<Double>(shape: [])
      let array = try SharedArray<Double>(shape: [3, 2])
      switch self {
      case .scalarForEach: try scalar.parallelForEach { _ in }
      case .scalarMap: _ = try scalar.parallelMap { _ in 1 }
      case .scalarReduce: _ = try scalar.parallelReduce(0, { $0.sum() }, combine: +)
      case .scalarAmongSeveral: try parallelForEach(array, scalar) { _, _ in }
      case .noWorkers: try array.parallelForEach(workers: 0) { _ in }
      case .negativeWorkers: try array.parallelForEach(workers: -3) { _ in }
      case .noWorkersForMap: _ = try array.parallelMap(workers: 0, partition: .chunks(of: 1)) { _ in 1 }
      case .noWorkersForReduce: _ = try array.parallelReduce(0, workers: 0, { $0.sum() }, combine: +)
      case .noWorkersForSeveral: try parallelForEach(array, array, workers: 0) { _, _ in }
      case .differentExtents: try parallelForEach(array, array.transposed(), workers: 2) { _, _ in }
      }
    }

    var sentence: String {
      switch self {
      case .scalarForEach, .scalarMap, .scalarReduce, .scalarAmongSeveral:
        "An array of rank 0 has no axis to partition."
      case .noWorkers, .noWorkersForMap, .noWorkersForReduce, .noWorkersForSeveral:
        "A parallel call needs at least one worker, not 0."
      case .negativeWorkers: "A parallel call needs at least one worker, not -3."
      case .differentExtents: "parallelForEach needs arrays with the same extent of axis 0, not 3 and 2."
      }
    }
  }

  @Test(arguments: Mistake.allCases)
  func `a mistake ends the program with a sentence`(mistake: Mistake) async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [mistake] in
      try mistake.make()
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains(mistake.sentence))
  }
}
