// What NumPy spells otherwise: none of this can be called, but the compiler tells what to write instead. Without it, it would
// speak of whole numbers and conformances that have nothing to do with the mistake.

extension StridedArray {
  /// NumPy's `x[mask]`: here ``take(where:)``.
  @available(
    *, unavailable,
    message:
      "take(where:) gives the elements where a mask is true; fill(_:where:) and put(_:where:) set them."
  )
  public subscript(_ mask: some StridedArray<Bool>) -> SharedArray<Element> { trapSpelling() }

  /// NumPy's `x[indices]`: here ``take(_:axis:)``.
  @available(
    *, unavailable,
    message:
      "take(_:axis:) gives the elements at some indices; put(_:at:axis:) sets them, add(_:at:) adds to them."
  )
  public subscript(_ indices: some StridedArray<Int>) -> SharedArray<Element> { trapSpelling() }

  /// NumPy's `x[[2, 0]]`: here ``take(_:axis:)``.
  @available(
    *, unavailable,
    message:
      "take(_:axis:) gives the elements at some indices; put(_:at:axis:) sets them, add(_:at:) adds to them."
  )
  public subscript(_ indices: [Int]) -> SharedArray<Element> { trapSpelling() }
}

extension StridedArray {
  /// NumPy's `x == y` for another array: here `.==`.
  @available(
    *, unavailable,
    message: ".== compares each element and gives a mask; elementsEqual(_:) and allClose(_:) give one answer."
  )
  public static func == (a: Self, b: some StridedArray<Element>) -> Bool { trapSpelling() }

  /// NumPy's `x == y` for a number: here `.==`.
  @available(
    *, unavailable,
    message: ".== compares each element and gives a mask; elementsEqual(_:) and allClose(_:) give one answer."
  )
  public static func == (a: Self, b: Element) -> Bool { trapSpelling() }

  /// NumPy's `x != y` for another array: here `.!=`.
  @available(
    *, unavailable,
    message: ".!= compares each element and gives a mask; elementsEqual(_:) and allClose(_:) give one answer."
  )
  public static func != (a: Self, b: some StridedArray<Element>) -> Bool { trapSpelling() }

  /// NumPy's `x != y` for a number: here `.!=`.
  @available(
    *, unavailable,
    message: ".!= compares each element and gives a mask; elementsEqual(_:) and allClose(_:) give one answer."
  )
  public static func != (a: Self, b: Element) -> Bool { trapSpelling() }
}

extension StridedArray where Element: ArithmeticElement & OrderedElement {
  /// NumPy's `x < y` for another array: here `.<`.
  @available(*, unavailable, message: ".< compares each element and gives a mask.")
  public static func < (a: Self, b: some StridedArray<Element>) -> Bool { trapSpelling() }

  /// NumPy's `x < y` for a number: here `.<`.
  @available(*, unavailable, message: ".< compares each element and gives a mask.")
  public static func < (a: Self, b: Element) -> Bool { trapSpelling() }

  /// NumPy's `x <= y` for another array: here `.<=`.
  @available(*, unavailable, message: ".<= compares each element and gives a mask.")
  public static func <= (a: Self, b: some StridedArray<Element>) -> Bool { trapSpelling() }

  /// NumPy's `x <= y` for a number: here `.<=`.
  @available(*, unavailable, message: ".<= compares each element and gives a mask.")
  public static func <= (a: Self, b: Element) -> Bool { trapSpelling() }

  /// NumPy's `x > y` for another array: here `.>`.
  @available(*, unavailable, message: ".> compares each element and gives a mask.")
  public static func > (a: Self, b: some StridedArray<Element>) -> Bool { trapSpelling() }

  /// NumPy's `x > y` for a number: here `.>`.
  @available(*, unavailable, message: ".> compares each element and gives a mask.")
  public static func > (a: Self, b: Element) -> Bool { trapSpelling() }

  /// NumPy's `x >= y` for another array: here `.>=`.
  @available(*, unavailable, message: ".>= compares each element and gives a mask.")
  public static func >= (a: Self, b: some StridedArray<Element>) -> Bool { trapSpelling() }

  /// NumPy's `x >= y` for a number: here `.>=`.
  @available(*, unavailable, message: ".>= compares each element and gives a mask.")
  public static func >= (a: Self, b: Element) -> Bool { trapSpelling() }
}

/// Nothing gets here.
private func trapSpelling() -> Never { trap("This operation exists in NumPy only.") }
