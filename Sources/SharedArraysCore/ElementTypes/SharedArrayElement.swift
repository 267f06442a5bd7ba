public import ComplexModule
public import RealModule
public import SharedArraysTransfer

/// What an array in shared memory can hold: a number whose bytes NumPy knows, too.
///
/// A conforming type contains no address and no descriptor, so `BitwiseCopyable` alone does not make an
/// element.
public protocol SharedArrayElement: RawTransferable, Hashable {
  /// The element's type as it stands in the `.npy` header.
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

/// The parts of the complex numbers that arrays can hold.
public protocol ComplexPart: SharedArrayElement, Real {
  /// The element type of complex numbers with such parts.
  static var complexElementType: ElementType { get }
}

extension Float: ComplexPart { public static var complexElementType: ElementType { .complex64 } }
extension Double: ComplexPart { public static var complexElementType: ElementType { .complex128 } }

// `Complex` is a frozen struct of two numbers, but does not declare that it is `BitwiseCopyable`.
extension Complex: RawTransferable where RealType: ComplexPart {
  public static var bytesAreTheValue: BytesAreTheValue { RealType.bytesAreTheValue }
}
extension Complex: Transferable where RealType: ComplexPart {}
extension Complex: SharedArrayElement where RealType: ComplexPart {
  public static var elementType: ElementType { RealType.complexElementType }
}
