public import SharedArraysMemory

// The rule and the tolerances are NumPy's: |a - b| <= absoluteTolerance + relativeTolerance * |b|.
// The rule is not symmetric: the relative tolerance refers to the other operand.

extension StridedArray where Element: InexactElement {
  /// Returns whether all elements are close to those of another array; the shapes are broadcast.
  ///
  /// Two elements a and b are close if `|a - b| <= absoluteTolerance + relativeTolerance * |b|`,
  /// computed in the element type. An infinity is close only to itself. NaN is close to nothing, or
  /// to NaN if `equalNaN` is true. If elements can be much smaller than 1, pass an
  /// `absoluteTolerance` that suits them; in `Float16` the default is 0.
  ///
  ///     x.allClose(expected, relativeTolerance: 1e-12, absoluteTolerance: 0)
  ///
  /// - Precondition: the shapes match.
  /// - Complexity: O(n) at most, no allocation; it ends soon after the first pair that is not
  ///   close.
  @inlinable
  public func allClose(
    _ other: some StridedArray<Element>, relativeTolerance: Element.Magnitude = 1e-5,
    absoluteTolerance: Element.Magnitude = 1e-8, equalNaN: Bool = false
  ) -> Bool {
    let shape = shape.commonShape(with: other.shape)
    return storage.broadcasted(to: shape).allSatisfy(with: other.storage.broadcasted(to: shape)) { a, b in
      Element.areClose(
        a, b, relativeTolerance: relativeTolerance, absoluteTolerance: absoluteTolerance, equalNaN: equalNaN)
    }
  }

  /// Returns whether all elements are close to a number, by the same rule as for arrays.
  ///
  /// - Complexity: O(n) at most, no allocation; it ends soon after the first element that is not
  ///   close.
  @inlinable
  public func allClose(
    _ number: Element, relativeTolerance: Element.Magnitude = 1e-5,
    absoluteTolerance: Element.Magnitude = 1e-8, equalNaN: Bool = false
  ) -> Bool {
    storage.allSatisfy(with: storage) { a, _ in
      Element.areClose(
        a, number, relativeTolerance: relativeTolerance, absoluteTolerance: absoluteTolerance,
        equalNaN: equalNaN)
    }
  }

  /// Returns a mask that is true where elements are close to those of another array; the shapes are
  /// broadcast.
  ///
  /// The rule is that of
  /// ``allClose(_:relativeTolerance:absoluteTolerance:equalNaN:)-(StridedArray<Self.Element>,_,_,_)``.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  /// - Complexity: O(n).
  @inlinable
  public func isClose(
    _ other: some StridedArray<Element>, relativeTolerance: Element.Magnitude = 1e-5,
    absoluteTolerance: Element.Magnitude = 1e-8, equalNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Bool> {
    try map(with: other) { a, b in
      Element.areClose(
        a, b, relativeTolerance: relativeTolerance, absoluteTolerance: absoluteTolerance, equalNaN: equalNaN)
    }
  }

  /// Returns a mask that is true where elements are close to a number, by the same rule as for
  /// arrays.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Complexity: O(n).
  @inlinable
  public func isClose(
    _ number: Element, relativeTolerance: Element.Magnitude = 1e-5,
    absoluteTolerance: Element.Magnitude = 1e-8, equalNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Bool> {
    try map { a in
      Element.areClose(
        a, number, relativeTolerance: relativeTolerance, absoluteTolerance: absoluteTolerance,
        equalNaN: equalNaN)
    }
  }
}
