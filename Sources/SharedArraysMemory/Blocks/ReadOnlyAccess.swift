/// Asks for memory that cannot be written through the result.
public struct ReadOnlyAccess: Sendable {
  /// The memory is mapped without the right to write.
  public static let readOnly = ReadOnlyAccess()
}
