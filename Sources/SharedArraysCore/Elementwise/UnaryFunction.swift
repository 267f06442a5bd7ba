internal import CSharedArraysKernels

/// A function of one element, for arrays' `map(_:)` and `update(_:)`.
///
///     let roots = try x.map(.squareRoot)   // a new array
///     x.update(.exp)                       // in place
///
/// Functions without a processor instruction are those of C, within 4 ulp. On processors with AVX2,
/// glibc's libmvec computes several numbers at a time, so the last bits might differ between kinds
/// of processors. Functions of `Float16` are computed in `Float` and rounded once.
@frozen
public struct UnaryFunction<Element: SharedArrayElement>: Sendable {
  @usableFromInline let operation: UnaryOperation

  @inlinable
  init(_ operation: UnaryOperation) { self.operation = operation }
}

extension UnaryFunction where Element: ArithmeticElement & SignedNumeric & OrderedElement {
  /// The absolute value. The smallest signed integer, whose negative does not exist, is unchanged.
  @inlinable public static var magnitude: Self { Self(.magnitude) }
}

extension UnaryFunction where Element: ArithmeticElement & BinaryFloatingPoint {
  /// The square root, correctly rounded.
  @inlinable public static var squareRoot: Self { Self(.squareRoot) }
  /// The cube root.
  @inlinable public static var cubeRoot: Self { Self(.cubeRoot) }

  /// The largest integer that is not greater than the number.
  @inlinable public static var floor: Self { Self(.floor) }
  /// The smallest integer that is not less than the number.
  @inlinable public static var ceiling: Self { Self(.ceiling) }
  /// The number rounded towards zero to an integer.
  @inlinable public static var truncated: Self { Self(.truncated) }
  /// The nearest integer. Halfway cases go to the even integer, as in NumPy's `rint`.
  @inlinable public static var rounded: Self { Self(.rounded) }

  /// e to the power of the number.
  @inlinable public static var exp: Self { Self(.exp) }
  /// 2 to the power of the number.
  @inlinable public static var exp2: Self { Self(.exp2) }
  /// 10 to the power of the number.
  @inlinable public static var exp10: Self { Self(.exp10) }
  /// e to the power of the number, minus 1. Accurate near 0.
  @inlinable public static var expMinusOne: Self { Self(.expMinusOne) }
  /// The natural logarithm. NaN for negative numbers.
  @inlinable public static var log: Self { Self(.log) }
  /// The logarithm to base 2.
  @inlinable public static var log2: Self { Self(.log2) }
  /// The logarithm to base 10.
  @inlinable public static var log10: Self { Self(.log10) }
  /// The natural logarithm of 1 plus the number. Accurate near 0.
  @inlinable public static var logOnePlus: Self { Self(.logOnePlus) }

  /// The sine of an angle in radians.
  @inlinable public static var sin: Self { Self(.sin) }
  /// The cosine of an angle in radians.
  @inlinable public static var cos: Self { Self(.cos) }
  /// The tangent of an angle in radians.
  @inlinable public static var tan: Self { Self(.tan) }
  /// The inverse sine: an angle in radians.
  @inlinable public static var asin: Self { Self(.asin) }
  /// The inverse cosine: an angle in radians.
  @inlinable public static var acos: Self { Self(.acos) }
  /// The inverse tangent: an angle in radians.
  @inlinable public static var atan: Self { Self(.atan) }
  /// The hyperbolic sine.
  @inlinable public static var sinh: Self { Self(.sinh) }
  /// The hyperbolic cosine.
  @inlinable public static var cosh: Self { Self(.cosh) }
  /// The hyperbolic tangent.
  @inlinable public static var tanh: Self { Self(.tanh) }
  /// The inverse hyperbolic sine.
  @inlinable public static var asinh: Self { Self(.asinh) }
  /// The inverse hyperbolic cosine.
  @inlinable public static var acosh: Self { Self(.acosh) }
  /// The inverse hyperbolic tangent.
  @inlinable public static var atanh: Self { Self(.atanh) }

  /// The error function.
  @inlinable public static var erf: Self { Self(.erf) }
  /// 1 minus the error function. Accurate where the error function is near 1.
  @inlinable public static var erfc: Self { Self(.erfc) }
}

/// An operation on one element that the compiled loops implement.
@frozen
@usableFromInline
enum UnaryOperation {
  case magnitude, squareRoot, cubeRoot
  case floor, ceiling, truncated, rounded
  case exp, exp2, exp10, expMinusOne
  case log, log2, log10, logOnePlus
  case sin, cos, tan, asin, acos, atan
  case sinh, cosh, tanh, asinh, acosh, atanh
  case erf, erfc

  /// Runs the compiled loop.
  @usableFromInline
  func run(
    _ type: ElementType, _ count: Int, _ result: UnsafeMutableRawPointer, _ resultStride: Int,
    _ x: UnsafeRawPointer, _ xStride: Int
  ) {
    let kernel = KernelType.ofElement(type)
    // SAFETY: The caller's runs have `count` elements of the type, and overlap element for element
    // or not at all.
    if self == .magnitude {
      return unsafe kernels_magnitudes(kernel, count, result, resultStride, x, xStride)
    }
    unsafe kernels_function(CInt(code), kernel, count, result, resultStride, x, xStride)
  }

  private var code: Int {
    switch self {
    case .magnitude: KERNELS_ABSOLUTE
    case .squareRoot: KERNELS_SQRT
    case .cubeRoot: KERNELS_CBRT
    case .floor: KERNELS_FLOOR
    case .ceiling: KERNELS_CEIL
    case .truncated: KERNELS_TRUNC
    case .rounded: KERNELS_ROUND
    case .exp: KERNELS_EXP
    case .exp2: KERNELS_EXP2
    case .exp10: KERNELS_EXP10
    case .expMinusOne: KERNELS_EXPM1
    case .log: KERNELS_LOG
    case .log2: KERNELS_LOG2
    case .log10: KERNELS_LOG10
    case .logOnePlus: KERNELS_LOG1P
    case .sin: KERNELS_SIN
    case .cos: KERNELS_COS
    case .tan: KERNELS_TAN
    case .asin: KERNELS_ASIN
    case .acos: KERNELS_ACOS
    case .atan: KERNELS_ATAN
    case .sinh: KERNELS_SINH
    case .cosh: KERNELS_COSH
    case .tanh: KERNELS_TANH
    case .asinh: KERNELS_ASINH
    case .acosh: KERNELS_ACOSH
    case .atanh: KERNELS_ATANH
    case .erf: KERNELS_ERF
    case .erfc: KERNELS_ERFC
    }
  }
}
