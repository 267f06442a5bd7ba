internal import SharedArraysSystem

/// The lifetime of a segment's name. For a raw block, see ``SharedBlock`` for the meaning of
/// `temporary`.
public enum SegmentLifetime: UInt64, Sendable {
  /// The name lasts until the last process that maps the segment detaches or ends. If that process
  /// was killed, the next create or list operation removes the name.
  case temporary = 0
  /// The name lasts until a process unlinks it.
  case persistent = 1
}
