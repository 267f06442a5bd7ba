/// A value whose bytes mean the same in every process, so that it can be stored in shared memory.
///
/// Conform a type of your own only if no part of it is an address, a file descriptor, or anything
/// else that belongs to one process. The type must be `BitwiseCopyable`. That alone is not
/// sufficient, since pointers are `BitwiseCopyable`, too.
public protocol RawTransferable: Sendable {
  /// A witness that copying the bytes copies the value. Every `BitwiseCopyable` type has this
  /// already, and no other type can implement it.
  static var bytesAreTheValue: BytesAreTheValue { get }
}

/// A witness that only `BitwiseCopyable` types can provide. A trivial type of another package that
/// does not declare this conformance gets it through this module.
public struct BytesAreTheValue: Sendable {
  /// Creates the witness for one of the few types that are trivial without a declaration in their
  /// own modules.
  package init() {}
}

extension RawTransferable where Self: BitwiseCopyable {
  public static var bytesAreTheValue: BytesAreTheValue { BytesAreTheValue() }
}

extension Int: RawTransferable {}
extension Int8: RawTransferable {}
extension Int16: RawTransferable {}
extension Int32: RawTransferable {}
extension Int64: RawTransferable {}
extension Int128: RawTransferable {}
extension UInt: RawTransferable {}
extension UInt8: RawTransferable {}
extension UInt16: RawTransferable {}
extension UInt32: RawTransferable {}
extension UInt64: RawTransferable {}
extension UInt128: RawTransferable {}
extension Float16: RawTransferable {}
extension Float: RawTransferable {}
extension Double: RawTransferable {}
extension Bool: RawTransferable {}
extension Optional: RawTransferable where Wrapped: RawTransferable {
  public static var bytesAreTheValue: BytesAreTheValue { Wrapped.bytesAreTheValue }
}
extension InlineArray: RawTransferable where Element: RawTransferable {
  public static var bytesAreTheValue: BytesAreTheValue { Element.bytesAreTheValue }
}
