/// A value without information. A function without a result returns it, since `Void` cannot conform
/// to a protocol.
public struct NoValue: BitwiseTransferable, BitwiseCopyable, Transferable, Hashable, Codable {
  /// Creates the only value of the type.
  public init() {}
}
