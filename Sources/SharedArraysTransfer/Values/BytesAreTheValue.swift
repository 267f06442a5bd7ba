/// A witness that only `BitwiseCopyable` types can provide. A trivial type of another package that
/// does not declare this conformance gets it through this module.
public struct BytesAreTheValue: Sendable {
  /// Creates the witness for one of the few types that are trivial without a declaration in their
  /// own modules.
  package init() {}
}
