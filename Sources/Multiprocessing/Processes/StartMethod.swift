internal import Synchronization

/// How a worker process comes into being.
public enum StartMethod: String, Sendable, Hashable, Codable, CaseIterable {
  /// The parent forks: the worker has all its memory, and closures capture anything. For programs without busy threads:
  /// the worker has the locks that other threads held at that moment, for ever.
  case fork
  /// The program is started anew and runs the named function before its `main` begins. Nothing is inherited but standard
  /// input and output, the environment and the working directory.
  case spawn
  /// A helper that the program started anew at the first use forks: as clean as ``spawn``, and many times as fast. The helper
  /// has the environment and the working directory of that moment.
  case forkServer
  /// ``fork`` for closures, ``forkServer`` for named functions.
  case automatic

  /// The method where none is named: `automatic`, unless ``setDefault(_:)`` has chosen another one.
  public static var processDefault: StartMethod {
    let index = chosen.load(ordering: .acquiring)
    return index < allCases.count ? allCases[index] : .automatic
  }

  /// Chooses the method of the whole process, once, before the first worker is started.
  ///
  /// - Throws: ``ProcessError`` with code `defaultIsSet` if it has been chosen, or used, before.
  public static func setDefault(_ method: StartMethod) throws(ProcessError) {
    let index = allCases.firstIndex(of: method) ?? 0
    guard
      chosen.compareExchange(expected: undecided, desired: index, ordering: .acquiringAndReleasing).exchanged
    else {
      throw ProcessError(
        .defaultIsSet, message: "it is \(processDefault.rawValue), and \(method.rawValue) was asked for")
    }
  }

  /// The default, which no one can change from now on.
  static func usedDefault() -> StartMethod {
    _ = chosen.compareExchange(expected: undecided, desired: used, ordering: .acquiringAndReleasing)
    return processDefault
  }

  private static let undecided = 100
  private static let used = 101
  private static let chosen = Atomic(100)
}
