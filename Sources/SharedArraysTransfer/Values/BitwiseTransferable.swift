/// A value whose bytes mean the same in every process, so that it can be stored in shared memory.
///
/// Conform a type of your own only if no part of it is an address, a file descriptor, or anything
/// else that belongs to one process. The type must be `BitwiseCopyable`. That alone is not
/// sufficient, since pointers are `BitwiseCopyable`, too.
public protocol BitwiseTransferable: Sendable {
  /// A witness that copying the bytes copies the value. Every `BitwiseCopyable` type has this
  /// already, and no other type can implement it.
  static var bytesAreTheValue: BytesAreTheValue { get }
}

extension BitwiseTransferable where Self: BitwiseCopyable {
  public static var bytesAreTheValue: BytesAreTheValue { BytesAreTheValue() }
}

extension Int: BitwiseTransferable {}
extension Int8: BitwiseTransferable {}
extension Int16: BitwiseTransferable {}
extension Int32: BitwiseTransferable {}
extension Int64: BitwiseTransferable {}
extension Int128: BitwiseTransferable {}
extension UInt: BitwiseTransferable {}
extension UInt8: BitwiseTransferable {}
extension UInt16: BitwiseTransferable {}
extension UInt32: BitwiseTransferable {}
extension UInt64: BitwiseTransferable {}
extension UInt128: BitwiseTransferable {}
extension Float16: BitwiseTransferable {}
extension Float: BitwiseTransferable {}
extension Double: BitwiseTransferable {}
extension Bool: BitwiseTransferable {}
extension Optional: BitwiseTransferable where Wrapped: BitwiseTransferable {
  public static var bytesAreTheValue: BytesAreTheValue { Wrapped.bytesAreTheValue }
}
extension InlineArray: BitwiseTransferable where Element: BitwiseTransferable {
  public static var bytesAreTheValue: BytesAreTheValue { Element.bytesAreTheValue }
}
