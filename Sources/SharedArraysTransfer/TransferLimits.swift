/// The limits of a message, for encoding and for decoding.
public struct TransferLimits: Hashable, Sendable {
  /// The maximum number of bytes of a message, and of the collections decoded from it. Both are
  /// limited because a few bytes can announce a large array.
  public let byteCount: Int
  /// The maximum nesting depth. An array, its elements and their parts are one level each.
  public let depth: Int
  /// The maximum number of file descriptors of a message. The kernel passes at most 253 at once.
  public let descriptorCount: Int

  /// Creates limits for messages.
  ///
  /// - Precondition: No limit is negative.
  public init(byteCount: Int = 1 << 30, depth: Int = 128, descriptorCount: Int = 253) {
    guard byteCount >= 0, depth >= 0, descriptorCount >= 0 else {
      fatalError(
        "No limit can be negative: \(byteCount) bytes, depth \(depth), \(descriptorCount) descriptors.")
    }
    self.byteCount = byteCount
    self.depth = depth
    self.descriptorCount = descriptorCount
  }
}
