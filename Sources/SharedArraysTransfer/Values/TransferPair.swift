/// Two values as one, such as the inputs of a function with two parameters.
public struct TransferPair<First: Transferable, Second: Transferable>: Transferable {
  /// The first value.
  public var first: First
  /// The second value.
  public var second: Second

  /// Creates one value from two.
  @inlinable
  public init(_ first: First, _ second: Second) {
    self.first = first
    self.second = second
  }

  /// Appends the values, one after the other.
  @inlinable
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try writer.encode(first)
    try writer.encode(second)
  }

  /// Reads the values, one after the other.
  @inlinable
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> TransferPair {
    TransferPair(try reader.decode(), try reader.decode())
  }

  /// Whether both values are sent as their bytes.
  @inlinable public static var isBitwiseTransferable: Bool {
    First.isBitwiseTransferable && Second.isBitwiseTransferable
  }
}

extension TransferPair: Equatable where First: Equatable, Second: Equatable {}

extension TransferPair: Hashable where First: Hashable, Second: Hashable {}
