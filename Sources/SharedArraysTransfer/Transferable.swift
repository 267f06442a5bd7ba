/// A value that can be sent to another process: an argument, a result, or an item of a queue.
///
/// A type conforms to declare that its values may be sent, and the compiler checks this. Most types
/// need nothing but the conformance:
///
/// ```swift
/// struct Job: Codable, Transferable { var name: String, sizes: [Int] }  // encoded as Codable says
/// enum Outcome: Codable, Transferable { case done(Double), failed(String) }
/// struct Point: BitwiseTransferable, Transferable { var x, y: Double }  // its bytes are copied
/// ```
///
/// - A ``BitwiseTransferable`` type is sent as its bytes, which is the fastest way. An array of
///   such values is sent as one copy. The bytes are not checked: if the type contains a `Bool` or
///   an enumeration, not every byte is a valid value of it. A message from an untrusted program
///   must not be decoded as such a type; make the type only `Codable` then.
/// - A `Codable` type is sent in a compact binary encoding, which preserves every number exactly,
///   including the bits of a NaN. Objects are sent as values: two references to one object become
///   two objects.
/// - A type that is both is sent as its bytes.
/// - Any other type implements ``encode(into:)`` and ``decode(from:)`` itself. Types that carry
///   file descriptors must do so, too. To be part of `Codable` types as well, such a type conforms
///   to `Codable` with the methods `encodeTransferable(_:)` of `Encoder` and
///   `decodeTransferable(_:)` of `Decoder`.
///
/// The following types conform already: numbers, `Bool`, `String`, `Duration`, and ranges,
/// optionals, arrays, sets, dictionaries and results of such values. Tuples cannot conform to a
/// protocol; use a struct instead. Use ``NoValue`` in place of `Void` for a value without
/// information.
///
/// The compiler refuses pointers, which are not `Sendable`, and closures, which are neither
/// `Codable` nor raw. It cannot distinguish an `ObjectIdentifier`, or a number made from an
/// address, from other numbers: do not send such values.
///
/// Both processes must run the same program. The layout of messages is not suitable for files.
public protocol Transferable: Sendable {
  /// Appends the value to `writer`.
  ///
  /// - Throws: ``TransferError`` if the message exceeds a limit or the value cannot be sent.
  func encode(into writer: inout TransferWriter) throws(TransferError)

  /// Reads a value that ``encode(into:)`` wrote. The bytes can be arbitrary.
  ///
  /// - Throws: ``TransferError`` if the bytes end too early, do not represent a value, or exceed a
  ///   limit.
  static func decode(from reader: inout TransferReader) throws(TransferError) -> Self

  /// The minimum number of bytes of an encoded value, as far as it follows from the type. It is at
  /// least 1, because each element of an array takes at least one byte. A default implementation
  /// exists.
  static var leastByteCount: Int { get }

  /// Whether a value is sent as exactly its bytes. Do not implement this: the default is correct.
  static var isBitwiseTransferable: Bool { get }

  /// Appends the elements of an array, in order. The default implementation appends them one by
  /// one.
  static func encode(elements: Span<Self>, into writer: inout TransferWriter) throws(TransferError)

  /// Reads `count` elements that ``encode(elements:into:)`` wrote, and appends them to `elements`,
  /// which has room for them. The default implementation reads them one by one.
  static func decode(
    _ count: Int, into elements: inout OutputSpan<Self>, from reader: inout TransferReader
  ) throws(TransferError)
}

// MARK: One after another

extension Transferable {
  @inlinable public static var leastByteCount: Int { 1 }
  @inlinable public static var isBitwiseTransferable: Bool { false }

  @inlinable
  public static func encode(elements: Span<Self>, into writer: inout TransferWriter) throws(TransferError) {
    for index in elements.indices { try elements[index].encode(into: &writer) }
  }

  @inlinable
  public static func decode(
    _ count: Int, into elements: inout OutputSpan<Self>, from reader: inout TransferReader
  ) throws(TransferError) {
    for _ in 0..<count { elements.append(try decode(from: &reader)) }
  }
}

// MARK: Raw

extension Transferable where Self: BitwiseTransferable {
  @inlinable
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try writer.appendBytes(of: self)
  }

  @inlinable
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> Self {
    try reader.takeBytes(of: Self.self)
  }

  @inlinable public static var leastByteCount: Int { MemoryLayout<Self>.stride }
  @inlinable public static var isBitwiseTransferable: Bool { true }

  @inlinable
  public static func encode(elements: Span<Self>, into writer: inout TransferWriter) throws(TransferError) {
    try writer.appendBytes(of: elements)
  }

  @inlinable
  public static func decode(
    _ count: Int, into elements: inout OutputSpan<Self>, from reader: inout TransferReader
  ) throws(TransferError) {
    try reader.takeBytes(of: count, into: &elements)
  }
}

// MARK: Codable

extension Transferable where Self: Codable {
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try writer.encodeCodable(self)
  }

  public static func decode(from reader: inout TransferReader) throws(TransferError) -> Self {
    try reader.decodeCodable(Self.self)
  }
}

// Neither of the two constraints above is more specific than the other; this one is more specific
// than both.
extension Transferable where Self: BitwiseTransferable & Codable {
  @inlinable
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try writer.appendBytes(of: self)
  }

  @inlinable
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> Self {
    try reader.takeBytes(of: Self.self)
  }
}
