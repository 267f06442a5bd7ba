internal import Synchronization

/// The way a worker process is started.
public enum StartMethod: String, Sendable, Hashable, Codable, CaseIterable {
  /// The parent forks. The worker has all of the parent's memory, and a closure can capture
  /// anything. This method is for programs without busy threads: a lock that another thread holds
  /// at the fork stays locked in the worker forever.
  case fork
  /// The program is started again and runs the named function before its `main` begins. The worker
  /// inherits only standard input and output, the environment and the working directory.
  case spawn
  /// A helper process forks the worker. The helper is the program, started again at the first use.
  /// This is as clean as ``spawn`` and many times as fast. The helper keeps the environment and the
  /// working directory of its start.
  case forkServer
  /// ``fork`` for closures, ``forkServer`` for named functions.
  case automatic

  /// The method of a call that names none: `automatic`, unless ``setDefault(_:)`` has chosen
  /// another one.
  public static var processDefault: StartMethod {
    let index = chosen.load(ordering: .acquiring)
    return index < allCases.count ? allCases[index] : .automatic
  }

  /// Sets the default method of the whole process, once, before the first worker is started.
  ///
  /// - Throws: ``ProcessError`` with code `defaultIsSet` if the default has already been set or
  ///   used.
  public static func setDefault(_ method: StartMethod) throws(ProcessError) {
    let index = allCases.firstIndex(of: method) ?? 0
    guard
      chosen.compareExchange(expected: undecided, desired: index, ordering: .acquiringAndReleasing).exchanged
    else {
      throw ProcessError(
        .defaultIsSet,
        message: "the default is \(processDefault.rawValue), and \(method.rawValue) was requested")
    }
  }

  /// Returns the default, and keeps it from being changed from now on.
  static func usedDefault() -> StartMethod {
    _ = chosen.compareExchange(expected: undecided, desired: used, ordering: .acquiringAndReleasing)
    return processDefault
  }

  private static let undecided = 100
  private static let used = 101
  private static let chosen = Atomic(100)
}
