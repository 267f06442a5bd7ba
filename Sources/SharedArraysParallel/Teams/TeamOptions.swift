internal import SharedArraysSystem

/// The options with which a team is created.
struct TeamOptions {
  var name: String
  var workers: Int
  var includesCaller: Bool
  var pins: Bool

  var memberCount: Int { includesCaller ? workers - 1 : workers }

  /// Whether workers spin during runs. Workers keep cores busy then, and a caller that takes no
  /// part sleeps.
  var spinsInRuns: Bool { workers <= ComputeBudget.cores }

  /// Whether members and the caller spin between runs. The caller computes between runs, too.
  var spinsBetweenRuns: Bool { memberCount + 1 <= ComputeBudget.cores }

  /// Whether each member is pinned to a core of its own. A team with fewer workers than cores pins
  /// none, because another program that did the same would choose the same cores.
  var pinsMembers: Bool { pins && workers == ComputeBudget.allowedCores }

  /// The maximum number of workers: one call of `poll` can watch them and the eventfd.
  static let mostWorkers = 1000
}
