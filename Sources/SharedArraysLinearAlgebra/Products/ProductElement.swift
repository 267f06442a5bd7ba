public import ComplexModule
public import SharedArraysCore

/// A number type whose matrices OpenBLAS multiplies: `Float`, `Double`, `Complex<Float>` or
/// `Complex<Double>`.
///
/// No other type can conform, because only this module creates a ``ProductKind``.
public protocol ProductElement: ArithmeticElement {
  /// The kind of this number type.
  static var productKind: ProductKind { get }
}

extension Float: ProductElement {
  /// The kind of the routines whose names begin with `s`.
  public static var productKind: ProductKind { ProductKind(value: .single) }
}

extension Double: ProductElement {
  /// The kind of the routines whose names begin with `d`.
  public static var productKind: ProductKind { ProductKind(value: .double) }
}

extension Complex: ProductElement where RealType: ComplexPart & BLASElement {
  /// The kind of the routines whose names begin with `c` or `z`.
  public static var productKind: ProductKind {
    ProductKind(value: RealType.self == Float.self ? .complexSingle : .complexDouble)
  }
}
