public import ComplexModule
public import RealModule

/// An element type whose arithmetic rounds, so that results are compared with a tolerance: a
/// floating-point or complex type.
///
/// All floating-point and complex element types of this package conform.
public protocol InexactElement: ArithmeticElement where Magnitude: BinaryFloatingPoint {
  /// Returns whether two numbers are close by the rule of NumPy's `isclose`. They are close if
  /// their distance is at most `absoluteTolerance + relativeTolerance * |b|`, computed in the
  /// element type, and `b` is finite. Equal numbers, which can be infinities, are close too. Two
  /// NaNs are close if `equalNaN` is true.
  static func areClose(
    _ a: Self, _ b: Self, relativeTolerance: Magnitude, absoluteTolerance: Magnitude, equalNaN: Bool
  ) -> Bool
}

extension InexactElement where Self: BinaryFloatingPoint, Magnitude == Self {
  /// Returns whether two numbers are close by the rule of the protocol.
  @inlinable
  public static func areClose(
    _ a: Self, _ b: Self, relativeTolerance: Self, absoluteTolerance: Self, equalNaN: Bool
  ) -> Bool {
    let isNear = abs(a - b) <= absoluteTolerance + relativeTolerance * abs(b) && b.isFinite
    return isNear || a == b || equalNaN && a.isNaN && b.isNaN
  }
}

extension Float16: InexactElement {}
extension Float: InexactElement {}
extension Double: InexactElement {}
extension Complex: InexactElement where RealType: ComplexPart & BinaryFloatingPoint {
  @inlinable
  public static func areClose(
    _ a: Complex, _ b: Complex, relativeTolerance: RealType, absoluteTolerance: RealType, equalNaN: Bool
  ) -> Bool {
    // The parts are compared directly: `Complex` treats all numbers with an infinite or NaN part as
    // equal.
    let ((ax, ay), (bx, by)) = (a.rawStorage, b.rawStorage)
    let distance = RealType.hypot(ax - bx, ay - by)
    let isNear =
      distance <= absoluteTolerance + relativeTolerance * RealType.hypot(bx, by) && bx.isFinite && by.isFinite
    return isNear || ax == bx && ay == by || equalNaN && (ax.isNaN || ay.isNaN) && (bx.isNaN || by.isNaN)
  }
}
