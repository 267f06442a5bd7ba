internal import CSharedArraysKernels

/// A function of two elements, for arrays' `map(_:_:)` and `update(_:_:)`.
///
///     let rectified = try x.map(.maximum, 0)
///     let distances = try dx.map(.hypot, dy)
@frozen
public struct BinaryFunction<Element: SharedArrayElement>: Sendable {
  @usableFromInline let operation: BinaryOperation

  @inlinable
  init(_ operation: BinaryOperation) { self.operation = operation }
}

extension BinaryFunction where Element: ArithmeticElement & OrderedElement {
  /// The smaller of two elements. NaN if either element is NaN; of two zeros the second.
  @inlinable public static var minimum: Self { Self(.minimum) }
  /// The larger of two elements. NaN if either element is NaN; of two zeros the second.
  @inlinable public static var maximum: Self { Self(.maximum) }
}

extension BinaryFunction where Element: ArithmeticElement & BinaryFloatingPoint {
  /// The first number to the power of the second, as by C's `pow`, within 4 ulp.
  @inlinable public static var power: Self { Self(.power) }
  /// The angle, between -π and π, of the point with the first number as y and the second as x, as
  /// by C's `atan2`, within 4 ulp.
  @inlinable public static var atan2: Self { Self(.atan2) }
  /// The square root of the sum of the squares, without intermediate overflow, as by C's `hypot`,
  /// within 4 ulp.
  @inlinable public static var hypot: Self { Self(.hypot) }
}

/// An operation on two elements that the compiled loops implement.
@frozen
@usableFromInline
enum BinaryOperation {
  case add, subtract, multiply, divide, remainder
  case minimum, maximum
  case power, atan2, hypot

  /// Runs the compiled loop. Returns false if the type has none.
  @usableFromInline
  func run(
    _ type: ElementType, _ count: Int, _ result: UnsafeMutableRawPointer, _ resultStride: Int,
    _ a: UnsafeRawPointer, _ aStride: Int, _ b: UnsafeRawPointer, _ bStride: Int
  ) -> Bool {
    let kernel = KernelType.ofElement(type)
    // SAFETY: The caller's runs have `count` elements of the type, and overlap element for element
    // or not at all.
    if let code = simple {
      return unsafe kernels_elementwise(
        CInt(code), kernel, count, result, resultStride, a, aStride, b, bStride)
    }
    let code = self == .power ? KERNELS_POWER : self == .atan2 ? KERNELS_ATAN2 : KERNELS_HYPOT
    unsafe kernels_function2(CInt(code), kernel, count, result, resultStride, a, aStride, b, bStride)
    return true
  }

  private var simple: Int? {
    switch self {
    case .add: KERNELS_ADD
    case .subtract: KERNELS_SUBTRACT
    case .multiply: KERNELS_MULTIPLY
    case .divide: KERNELS_DIVIDE
    case .remainder: KERNELS_REMAINDER
    case .minimum: KERNELS_MINIMUM
    case .maximum: KERNELS_MAXIMUM
    case .power, .atan2, .hypot: nil
    }
  }
}
