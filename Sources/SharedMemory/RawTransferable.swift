/// A value whose bytes mean the same in every process, so that it can stand in shared memory.
///
/// Conform a type of your own only if no part of it is an address, a file descriptor, or anything else that
/// belongs to one process. `BitwiseCopyable` alone does not do: pointers have it too.
public protocol RawTransferable: BitwiseCopyable, Sendable {}

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
extension Optional: RawTransferable where Wrapped: RawTransferable {}
extension InlineArray: RawTransferable where Element: RawTransferable {}
