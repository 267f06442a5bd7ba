/// Three values as one, such as the inputs of a function with three parameters.
public struct TransferTriple<First: Transferable, Second: Transferable, Third: Transferable>: Transferable {
  /// The first value.
  public var first: First
  /// The second value.
  public var second: Second
  /// The third value.
  public var third: Third

  /// Creates one value from three.
  @inlinable
  public init(_ first: First, _ second: Second, _ third: Third) {
    self.first = first
    self.second = second
    self.third = third
  }

  /// Appends the values, one after the other.
  @inlinable
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try writer.encode(first)
    try writer.encode(second)
    try writer.encode(third)
  }

  /// Reads the values, one after the other.
  @inlinable
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> TransferTriple {
    TransferTriple(try reader.decode(), try reader.decode(), try reader.decode())
  }

  /// Whether all values are sent as their bytes.
  @inlinable public static var isBitwiseTransferable: Bool {
    First.isBitwiseTransferable && Second.isBitwiseTransferable && Third.isBitwiseTransferable
  }
}

extension TransferTriple: Equatable where First: Equatable, Second: Equatable, Third: Equatable {}

extension TransferTriple: Hashable where First: Hashable, Second: Hashable, Third: Hashable {}
