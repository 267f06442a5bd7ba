public import ComplexModule
public import RealModule
public import SharedArraysTransfer

/// An element type of arrays in shared memory: a number or Boolean with the same bytes as in NumPy.
///
/// A conforming type contains no address and no descriptor. Being `BitwiseCopyable` alone is
/// therefore not sufficient for an element type.
public protocol SharedArrayElement: BitwiseTransferable, Hashable {
  /// The element's type in the `.npy` header.
  static var elementType: ElementType { get }
}

extension Int8: SharedArrayElement { public static var elementType: ElementType { .int8 } }
extension Int16: SharedArrayElement { public static var elementType: ElementType { .int16 } }
extension Int32: SharedArrayElement { public static var elementType: ElementType { .int32 } }
extension Int64: SharedArrayElement { public static var elementType: ElementType { .int64 } }
extension Int: SharedArrayElement { public static var elementType: ElementType { .int64 } }
extension UInt8: SharedArrayElement { public static var elementType: ElementType { .uint8 } }
extension UInt16: SharedArrayElement { public static var elementType: ElementType { .uint16 } }
extension UInt32: SharedArrayElement { public static var elementType: ElementType { .uint32 } }
extension UInt64: SharedArrayElement { public static var elementType: ElementType { .uint64 } }
extension UInt: SharedArrayElement { public static var elementType: ElementType { .uint64 } }
extension Float16: SharedArrayElement { public static var elementType: ElementType { .float16 } }
extension Float: SharedArrayElement { public static var elementType: ElementType { .float32 } }
extension Double: SharedArrayElement { public static var elementType: ElementType { .float64 } }

extension Bool: SharedArrayElement { public static var elementType: ElementType { .bool } }

extension Float: ComplexPart { public static var complexElementType: ElementType { .complex64 } }
extension Double: ComplexPart { public static var complexElementType: ElementType { .complex128 } }

// `Complex` is a frozen struct of two numbers, but is not declared `BitwiseCopyable`.
extension Complex: BitwiseTransferable where RealType: ComplexPart {
  public static var bytesAreTheValue: BytesAreTheValue { RealType.bytesAreTheValue }
}
extension Complex: Transferable where RealType: ComplexPart {}
extension Complex: SharedArrayElement where RealType: ComplexPart {
  public static var elementType: ElementType { RealType.complexElementType }
}
