internal import SharedArraysSystem

/// What a team is made with.
struct TeamOptions {
  var name: String
  var workers: Int
  var callerTakesPart: Bool
  var pins: Bool

  var memberCount: Int { callerTakesPart ? workers - 1 : workers }

  /// While they run, workers keep cores busy, and a caller that takes no part sleeps.
  var spinsInRuns: Bool { workers <= ComputeBudget.cores }

  /// Between runs the caller computes, too.
  var spinsBetweenRuns: Bool { memberCount + 1 <= ComputeBudget.cores }

  /// Whether each member stays on a core of its own. Fewer workers than cores do not: another program that did the same would
  /// choose the same cores.
  var pinsMembers: Bool { pins && workers == ComputeBudget.allowedCores }

  /// As many as one call of `poll` can watch beside the bell.
  static let mostWorkers = 1000
}
