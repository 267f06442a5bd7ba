internal import ComplexModule
public import RealModule
internal import SharedArraysTransfer

/// A number type that can form the parts of complex array elements.
public protocol ComplexPart: SharedArrayElement, Real {
  /// The element type of complex numbers with parts of this type.
  static var complexElementType: ElementType { get }
}
