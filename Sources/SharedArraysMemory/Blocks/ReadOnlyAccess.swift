/// A request for memory that cannot be written through the result.
public struct ReadOnlyAccess: Sendable {
  /// The memory is mapped without write permission.
  public static let readOnly = ReadOnlyAccess()
}
