/// A value that can cross to another process: an argument, a result, an item of a queue.
///
/// What may cross is said by conforming, and checked by the compiler. For most types that is all there is to
/// do:
///
/// ```swift
/// struct Job: Codable, Transferable { var name: String, sizes: [Int] }       // encoded as Codable says
/// enum Outcome: Codable, Transferable { case done(Double), failed(String) }
/// struct Point: RawTransferable, Transferable { var x, y: Double }           // its bytes are copied
/// ```
///
/// - A ``RawTransferable`` type crosses as its bytes, which is the fastest, and an array of them as one copy.
///   The bytes are not looked at: where a `Bool` or an enumeration is part of the type, not every byte is a
///   value of it, and a message from a program that is not trusted must not be decoded as such a type. Let it
///   be `Codable` alone then.
/// - A `Codable` type crosses through a compact binary coder, which keeps every number as it is, NaN with its
///   bits included. Objects cross as values: two references to one object arrive as two objects.
/// - A type that is both crosses as its bytes.
/// - Any other type says itself how it crosses, in ``encode(into:)`` and ``decode(from:)``; so do types that
///   carry file descriptors. To be part of `Codable` types as well, it conforms to `Codable` by
///   `encodeTransferable(_:)` of `Encoder` and `decodeTransferable(_:)` of `Decoder`.
///
/// Numbers, `Bool`, `String`, `Duration`, ranges, and optionals, arrays, sets, dictionaries, and results of
/// such values conform already. Tuples cannot conform to a protocol: use a struct. For a value that says
/// nothing there is ``Empty``, in place of `Void`.
///
/// Pointers are refused since they are not `Sendable`, closures since they are neither `Codable` nor raw. What
/// merely stands for an address, such as an `ObjectIdentifier`, or a number that was made from one, looks like
/// other numbers to the compiler: do not let it cross.
///
/// Both processes run the same program. The layout of messages is not meant for files.
public protocol Transferable: Sendable {
  /// Appends the value to `writer`.
  ///
  /// - Throws: ``TransferError`` if the message exceeds a limit or the value refuses.
  func encode(into writer: inout TransferWriter) throws(TransferError)

  /// Reads a value as ``encode(into:)`` wrote it. The bytes may be anything.
  ///
  /// - Throws: ``TransferError`` where the bytes end too early, mean no value, or exceed a limit.
  static func decode(from reader: inout TransferReader) throws(TransferError) -> Self

  /// The fewest bytes of an encoded value, as far as the type tells; at least 1, as an array gives every
  /// element a byte. There is a default.
  static var leastByteCount: Int { get }

  /// Whether a value crosses as its bytes and nothing else. There is a default, which is right.
  static var crossesAsItsBytes: Bool { get }

  /// Appends the elements of an array, in order. There is a default, which appends one after another.
  static func encode(elements: Span<Self>, into writer: inout TransferWriter) throws(TransferError)

  /// Reads `count` elements, as ``encode(elements:into:)`` wrote them, to the end of `elements`, which has
  /// room for them. There is a default, which reads one after another.
  static func decode(
    _ count: Int, into elements: inout OutputSpan<Self>, from reader: inout TransferReader
  ) throws(TransferError)
}

// MARK: One after another

extension Transferable {
  @inlinable public static var leastByteCount: Int { 1 }
  @inlinable public static var crossesAsItsBytes: Bool { false }

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

extension Transferable where Self: RawTransferable {
  @inlinable
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try writer.appendBytes(of: self)
  }

  @inlinable
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> Self {
    try reader.takeBytes(of: Self.self)
  }

  @inlinable public static var leastByteCount: Int { MemoryLayout<Self>.stride }
  @inlinable public static var crossesAsItsBytes: Bool { true }

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

// Neither of the two constraints above is the narrower one; this one is narrower than both.
extension Transferable where Self: RawTransferable & Codable {
  @inlinable
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try writer.appendBytes(of: self)
  }

  @inlinable
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> Self {
    try reader.takeBytes(of: Self.self)
  }
}
