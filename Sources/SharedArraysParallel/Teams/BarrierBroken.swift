internal import SharedArraysSystem
internal import Synchronization

/// The error with which a worker of a team leaves the barrier before all workers have arrived:
/// another worker has died or thrown an error, or time has run out.
///
/// A closure should let this error propagate. The run then throws the ``TeamError`` that states the
/// cause.
public struct BarrierBroken: Error, Hashable, Sendable, CustomStringConvertible {
  init() {}

  /// A sentence that states that the barrier is broken.
  public var description: String { "The barrier is broken: another worker of the team did not arrive." }
}
