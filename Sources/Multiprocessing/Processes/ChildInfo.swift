internal import SharedArraysSystem

/// A worker that has not ended.
public struct ChildInfo: Hashable, Sendable {
  /// The name of the worker.
  public let name: String
  /// The pid of the worker.
  public let pid: Int
  /// Whether the worker is killed at the exit of the program.
  public let isDaemon: Bool
}
