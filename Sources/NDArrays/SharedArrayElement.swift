public import SharedMemory

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
