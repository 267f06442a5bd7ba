internal import CSharedArraysShims

/// The way in which a process ended.
public enum ProcessTermination: Hashable, Sendable, CustomStringConvertible {
  /// The process exited with this code.
  case exited(code: Int)
  /// This signal killed the process.
  case signaled(Int)
  /// Another part of the program reaped the process first, and the kernel is too old to report the
  /// status afterwards (before Linux 6.15).
  case unknown

  /// A phrase such as "was killed by SIGSEGV".
  public var description: String {
    switch self {
    case .exited(let code): "exited with code \(code)"
    case .signaled(let signal): "was killed by \(signalName(signal))"
    case .unknown: "ended in an unknown way (another part of the program reaped it)"
    }
  }
}
