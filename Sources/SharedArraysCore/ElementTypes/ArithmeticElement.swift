public import ComplexModule

/// An element type that arrays can add, subtract, multiply and divide: every element type but
/// `Bool`.
///
/// Arrays need compiled loops for each type, so a conformance of any other type has no use.
public protocol ArithmeticElement: SharedArrayElement, Numeric {
  /// Returns the quotient of two elements, as an array's `/` computes it. An integer quotient is
  /// truncated toward zero, a quotient by zero is 0, and the smallest number divided by -1 is
  /// itself.
  static func quotient(_ dividend: Self, _ divisor: Self) -> Self

  /// The value from which an element is subtracted to negate it: -0 in types that have it,
  /// otherwise 0.
  static var negativeZero: Self { get }
}

extension ArithmeticElement where Self: FixedWidthInteger {
  @inlinable
  public static func quotient(_ dividend: Self, _ divisor: Self) -> Self {
    divisor == 0 ? 0 : dividend.dividedReportingOverflow(by: divisor).partialValue
  }

  @inlinable public static var negativeZero: Self { 0 }
}

extension ArithmeticElement where Self: FloatingPoint {
  @inlinable
  public static func quotient(_ dividend: Self, _ divisor: Self) -> Self { dividend / divisor }

  @inlinable public static var negativeZero: Self { -zero }
}

extension Int8: ArithmeticElement {}
extension Int16: ArithmeticElement {}
extension Int32: ArithmeticElement {}
extension Int64: ArithmeticElement {}
extension Int: ArithmeticElement {}
extension UInt8: ArithmeticElement {}
extension UInt16: ArithmeticElement {}
extension UInt32: ArithmeticElement {}
extension UInt64: ArithmeticElement {}
extension UInt: ArithmeticElement {}
extension Float16: ArithmeticElement {}
extension Float: ArithmeticElement {}
extension Double: ArithmeticElement {}
extension Complex: ArithmeticElement where RealType: ComplexPart {
  @inlinable
  public static func quotient(_ dividend: Complex, _ divisor: Complex) -> Complex { dividend / divisor }

  @inlinable public static var negativeZero: Complex { Complex(-RealType.zero, -RealType.zero) }
}
