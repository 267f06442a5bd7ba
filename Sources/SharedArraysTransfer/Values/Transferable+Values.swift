// Numbers are sent as their bytes.
extension Int: Transferable {}
extension Int8: Transferable {}
extension Int16: Transferable {}
extension Int32: Transferable {}
extension Int64: Transferable {}
extension Int128: Transferable {}
extension UInt: Transferable {}
extension UInt8: Transferable {}
extension UInt16: Transferable {}
extension UInt32: Transferable {}
extension UInt64: Transferable {}
extension UInt128: Transferable {}
extension Float16: Transferable {}
extension Float: Transferable {}
extension Double: Transferable {}

extension Bool: Transferable {
  @inlinable
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> Bool {
    let byte = try UInt8.decode(from: &reader)
    guard byte < 2 else { throw TransferError(invalidValue: "a Bool with the byte \(byte)") }
    return byte == 1
  }

  @inlinable
  public static func decode(
    _ count: Int, into elements: inout OutputSpan<Bool>, from reader: inout TransferReader
  ) throws(TransferError) {
    // Each element is decoded separately, because a byte other than 0 and 1 must never become a
    // Bool.
    for _ in 0..<count { elements.append(try decode(from: &reader)) }
  }
}

extension String: Transferable {
  @inlinable
  public func encode(into writer: inout TransferWriter) throws(TransferError) { try writer.sink.append(self) }

  @inlinable
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> String {
    try reader.source.takeString()
  }
}

extension Duration: Transferable {
  @inlinable
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try attoseconds.encode(into: &writer)
  }

  @inlinable
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> Duration {
    Duration(attoseconds: try Int128.decode(from: &reader))
  }

  @inlinable public static var leastByteCount: Int { Int128.leastByteCount }
}

extension Range: Transferable where Bound: Transferable {
  @inlinable
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try writer.encode(lowerBound)
    try writer.encode(upperBound)
  }

  @inlinable
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> Range {
    let (lower, upper) = (try reader.decode(Bound.self), try reader.decode(Bound.self))
    guard lower <= upper else { throw TransferError(invalidValue: "a range from \(lower) to \(upper)") }
    return lower..<upper
  }
}

extension ClosedRange: Transferable where Bound: Transferable {
  @inlinable
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try writer.encode(lowerBound)
    try writer.encode(upperBound)
  }

  @inlinable
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> ClosedRange {
    let (lower, upper) = (try reader.decode(Bound.self), try reader.decode(Bound.self))
    guard lower <= upper else { throw TransferError(invalidValue: "a range from \(lower) to \(upper)") }
    return lower...upper
  }
}

extension Optional: Transferable where Wrapped: Transferable {
  @inlinable
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try (self != nil).encode(into: &writer)
    if let self { try writer.encode(self) }
  }

  @inlinable
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> Wrapped? {
    try Bool.decode(from: &reader) ? try reader.decode(Wrapped.self) : nil
  }

  @inlinable public static var leastByteCount: Int { 1 }
}

extension Result: Transferable where Success: Transferable, Failure: Transferable {
  @inlinable
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    switch self {
    case .success(let value):
      try true.encode(into: &writer)
      try writer.encode(value)
    case .failure(let error):
      try false.encode(into: &writer)
      try writer.encode(error)
    }
  }

  @inlinable
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> Result {
    try Bool.decode(from: &reader)
      ? .success(try reader.decode(Success.self)) : .failure(try reader.decode(Failure.self))
  }
}
