/// A value whose bytes mean the same in every process, so that it can stand in shared memory.
///
/// Conform a type of your own only if no part of it is an address, a file descriptor, or anything else that
/// belongs to one process. The type must be `BitwiseCopyable`, which alone does not do: pointers have it too.
public protocol RawTransferable: Sendable {
  /// That copying the bytes copies the value. Every `BitwiseCopyable` type has this already, and no other type
  /// can be had to.
  static var bytesAreTheValue: BytesAreTheValue { get }
}

/// What only `BitwiseCopyable` types can state; a type of another package that is trivial but does not say so
/// states it through this module.
public struct BytesAreTheValue: Sendable {
  /// For the few types that are trivial, though their own modules do not declare it.
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
