internal import ComplexModule

/// An element type whose values are ordered, except for NaN.
public protocol OrderedElement: ReducibleElement {}
