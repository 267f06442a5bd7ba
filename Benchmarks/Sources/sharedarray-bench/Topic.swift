/// A topic of the benchmarks. Its name and its alias select it on the command line.
enum Topic: String, CaseIterable {
  // Their order gives the aliases their numbers.
  case dispatch = "Dispatch"
  case poolMap = "PoolMap"
  case processStart = "ProcessStart"
  case bandwidth = "Bandwidth"
  case matmul = "Matmul"
  case queues = "Queues"
  case segments = "Segments"
  case locks = "Locks"
  case sumOfSquares = "SumOfSquares"
  case arrays = "Arrays"
  case transfer = "Transfer"

  /// Creates the topic with this name or alias, in any letter case.
  init?(_ word: String) {
    let word = word.lowercased()
    let found = Self.allCases.first { topic in
      topic.rawValue.lowercased() == word || topic.alias.lowercased() == word
    }
    guard let found else { return nil }
    self = found
  }

  /// W1 to W11. The name of each benchmark in the JSON lines begins with the alias of its topic.
  var alias: String { "W\(Self.allCases.firstIndex(of: self)! + 1)" }

  /// Measures every benchmark of the topic.
  func run(_ runner: Runner) throws {
    switch self {
    case .dispatch:
      try Dispatch.run(runner)
      try DispatchTeams.run(runner)
      try DispatchOverlap.run(runner)
    case .poolMap: try PoolMap.run(runner)
    case .processStart: try ProcessStart.run(runner)
    case .bandwidth:
      try Bandwidth.run(runner)
      try Bandwidth.runElementAccess(runner)
      try BandwidthHeat.run(runner)
    case .matmul:
      try Matmul.run(runner)
      try MatmulPool.run(runner)
    case .queues:
      try QueuesConnections.run(runner)
      try Queues.run(runner)
    case .segments: try Segments.run(runner)
    case .locks: try Locks.run(runner)
    case .sumOfSquares: try SumOfSquares.run(runner)
    case .arrays: try Arrays.run(runner)
    case .transfer: try Transfer.run(runner)
    }
  }
}
