/// How large and how deep a message may be, for those who make one and for those who read one.
public struct TransferLimits: Hashable, Sendable {
  /// The bytes of a message, and the bytes of the collections made from it: few bytes can announce a large
  /// array.
  public let byteCount: Int
  /// How many values may be inside one another, an array, its elements and their parts being one each.
  public let depth: Int
  /// The file descriptors of a message; the kernel passes at most 253 at once.
  public let descriptorCount: Int

  /// Limits for messages.
  ///
  /// - Precondition: no limit is negative.
  public init(byteCount: Int = 1 << 30, depth: Int = 128, descriptorCount: Int = 253) {
    guard byteCount >= 0, depth >= 0, descriptorCount >= 0 else {
      fatalError(
        "Limits of \(byteCount) bytes, depth \(depth), \(descriptorCount) descriptors: none can be negative.")
    }
    self.byteCount = byteCount
    self.depth = depth
    self.descriptorCount = descriptorCount
  }
}
