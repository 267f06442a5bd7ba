public import ComplexModule
public import SharedArraysCore

/// A number whose matrices OpenBLAS multiplies: `Float`, `Double`, `Complex<Float>` or `Complex<Double>`.
///
/// No other type can conform, since only this module makes a ``ProductKind``.
public protocol ProductElement: ArithmeticElement {
  /// Which of the four it is.
  static var productKind: ProductKind { get }
}

/// The kinds of numbers whose matrices OpenBLAS multiplies.
public struct ProductKind: BitwiseCopyable, Hashable, Sendable {
  enum Value: UInt8 {
    case single, double, complexSingle, complexDouble
  }

  let value: Value

  /// Bytes of a number.
  package var byteCount: Int {
    switch value {
    case .single: 4
    case .double, .complexSingle: 8
    case .complexDouble: 16
    }
  }
}

extension Float: ProductElement {
  /// That of the routines whose names begin with `s`.
  public static var productKind: ProductKind { ProductKind(value: .single) }
}

extension Double: ProductElement {
  /// That of the routines whose names begin with `d`.
  public static var productKind: ProductKind { ProductKind(value: .double) }
}

extension Complex: ProductElement where RealType: ComplexPart & BLASElement {
  /// That of the routines whose names begin with `c` or `z`.
  public static var productKind: ProductKind {
    ProductKind(value: RealType.self == Float.self ? .complexSingle : .complexDouble)
  }
}
