internal import CSharedArraysKernels

/// A number type that the compiled loops support.
struct KernelType: Equatable {
  let code: CInt
  let byteCount: Int

  /// Returns the type that reductions use for an element type: the type of its parts, and the
  /// number of parts.
  static func of(_ type: ElementType) -> (KernelType, parts: Int) {
    switch type {
    case .bool: (KernelType(code: CInt(KERNELS_BOOL), byteCount: 1), 1)
    case .uint8: (KernelType(code: CInt(KERNELS_UINT8), byteCount: 1), 1)
    case .int8: (KernelType(code: CInt(KERNELS_INT8), byteCount: 1), 1)
    case .int16: (KernelType(code: CInt(KERNELS_INT16), byteCount: 2), 1)
    case .int32: (KernelType(code: CInt(KERNELS_INT32), byteCount: 4), 1)
    case .int64: (KernelType(code: CInt(KERNELS_INT64), byteCount: 8), 1)
    case .uint16: (KernelType(code: CInt(KERNELS_UINT16), byteCount: 2), 1)
    case .uint32: (KernelType(code: CInt(KERNELS_UINT32), byteCount: 4), 1)
    case .uint64: (KernelType(code: CInt(KERNELS_UINT64), byteCount: 8), 1)
    case .float16: (KernelType(code: CInt(KERNELS_FLOAT16), byteCount: 2), 1)
    case .float32: (KernelType(code: CInt(KERNELS_FLOAT32), byteCount: 4), 1)
    case .float64: (KernelType(code: CInt(KERNELS_FLOAT64), byteCount: 8), 1)
    case .complex64: (KernelType(code: CInt(KERNELS_FLOAT32), byteCount: 4), 2)
    case .complex128: (KernelType(code: CInt(KERNELS_FLOAT64), byteCount: 8), 2)
    }
  }

  var isReal: Bool { code <= CInt(KERNELS_FLOAT64) }

  /// Returns the type code that elementwise loops use, where a complex number is one element.
  static func ofElement(_ type: ElementType) -> CInt {
    switch type {
    case .complex64: CInt(KERNELS_COMPLEX64)
    case .complex128: CInt(KERNELS_COMPLEX128)
    default: of(type).0.code
    }
  }
}
