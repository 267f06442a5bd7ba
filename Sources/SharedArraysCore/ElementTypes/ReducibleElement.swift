public import ComplexModule

/// An element that many of can be made one: a number or a truth value.
///
/// All element types of this package conform; the associated types say of what type the results are.
public protocol ReducibleElement: SharedArrayElement {
  /// The type of a sum or product. Integers are added as `Int` or `UInt`, truth values are counted as `Int`;
  /// all others stay what they are.
  associatedtype SumElement: ReducibleElement

  /// The type of a mean: `Double` for integers and truth values, else the element type.
  associatedtype MeanElement: ReducibleElement

  /// The type of a variance or norm, which is real: `Double` for integers and truth values, the type of the
  /// parts for complex numbers, else the element type.
  associatedtype NormElement: ReducibleElement
}

/// An element that is smaller than, equal to or larger than another one; NaN aside.
public protocol OrderedElement: ReducibleElement {}

/// A truth value: `false` before `true`.
extension Bool: OrderedElement {
  public typealias SumElement = Int
  public typealias MeanElement = Double
  public typealias NormElement = Double
}

extension Int8: OrderedElement {
  public typealias SumElement = Int
  public typealias MeanElement = Double
  public typealias NormElement = Double
}

extension Int16: OrderedElement {
  public typealias SumElement = Int
  public typealias MeanElement = Double
  public typealias NormElement = Double
}

extension Int32: OrderedElement {
  public typealias SumElement = Int
  public typealias MeanElement = Double
  public typealias NormElement = Double
}

extension Int64: OrderedElement {
  public typealias SumElement = Int
  public typealias MeanElement = Double
  public typealias NormElement = Double
}

extension Int: OrderedElement {
  public typealias SumElement = Int
  public typealias MeanElement = Double
  public typealias NormElement = Double
}

extension UInt8: OrderedElement {
  public typealias SumElement = UInt
  public typealias MeanElement = Double
  public typealias NormElement = Double
}

extension UInt16: OrderedElement {
  public typealias SumElement = UInt
  public typealias MeanElement = Double
  public typealias NormElement = Double
}

extension UInt32: OrderedElement {
  public typealias SumElement = UInt
  public typealias MeanElement = Double
  public typealias NormElement = Double
}

extension UInt64: OrderedElement {
  public typealias SumElement = UInt
  public typealias MeanElement = Double
  public typealias NormElement = Double
}

extension UInt: OrderedElement {
  public typealias SumElement = UInt
  public typealias MeanElement = Double
  public typealias NormElement = Double
}

extension Float16: OrderedElement {
  public typealias SumElement = Float16
  public typealias MeanElement = Float16
  public typealias NormElement = Float16
}

extension Float: OrderedElement {
  public typealias SumElement = Float
  public typealias MeanElement = Float
  public typealias NormElement = Float
}

extension Double: OrderedElement {
  public typealias SumElement = Double
  public typealias MeanElement = Double
  public typealias NormElement = Double
}

extension Complex: ReducibleElement where RealType: ComplexPart & ReducibleElement {
  public typealias SumElement = Complex
  public typealias MeanElement = Complex
  public typealias NormElement = RealType
}
