public import ComplexModule
public import RealModule

/// A number that is rounded, so that results are compared with a tolerance: a floating-point or complex one.
///
/// All such element types of this package conform.
public protocol InexactElement: ArithmeticElement where Magnitude: BinaryFloatingPoint {
  /// Whether two numbers are as close as NumPy's `isclose` demands: their distance is at most
  /// `absoluteTolerance + relativeTolerance * |b|`, computed in the element type, and `b` is finite; or they are
  /// equal, as infinities can be; or both are NaN, if `equalNaN` says so.
  static func areClose(
    _ a: Self, _ b: Self, relativeTolerance: Magnitude, absoluteTolerance: Magnitude, equalNaN: Bool
  ) -> Bool
}

extension InexactElement where Self: BinaryFloatingPoint, Magnitude == Self {
  /// Whether two numbers are as close as the protocol says.
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
    // The parts as they are: `Complex` takes all numbers with an infinite or undefined part for the same one.
    let ((ax, ay), (bx, by)) = (a.rawStorage, b.rawStorage)
    let distance = RealType.hypot(ax - bx, ay - by)
    let isNear =
      distance <= absoluteTolerance + relativeTolerance * RealType.hypot(bx, by) && bx.isFinite && by.isFinite
    return isNear || ax == bx && ay == by || equalNaN && (ax.isNaN || ay.isNaN) && (bx.isNaN || by.isNaN)
  }
}
