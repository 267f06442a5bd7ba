public import ComplexModule

/// An element type whose values can be reduced to one value: a number or a Boolean.
///
/// All element types of this package conform. The associated types are the types of the results.
public protocol ReducibleElement: SharedArrayElement {
  /// The type of a sum or product. Integers are added as `Int` or `UInt`, and Booleans are counted
  /// as `Int`; for all others it is the element type.
  associatedtype SumElement: ReducibleElement

  /// The type of a mean: `Double` for integers and Booleans, otherwise the element type.
  associatedtype MeanElement: ReducibleElement

  /// The type of a variance or norm, which is real: `Double` for integers and Booleans, the type of
  /// the parts for complex numbers, otherwise the element type.
  associatedtype NormElement: ReducibleElement
}

/// Booleans are ordered: `false` before `true`.
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
