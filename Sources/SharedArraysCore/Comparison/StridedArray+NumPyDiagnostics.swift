// Operations with another name than in NumPy. None of them can be called, but each makes the
// compiler name the replacement. Without them, the compiler would report integers and conformances
// that are unrelated to the mistake.

extension StridedArray {
  /// NumPy's `x[mask]`. Use ``take(where:)``.
  @available(
    *, unavailable,
    message:
      "take(where:) returns the elements where a mask is true; fill(_:where:) and put(_:where:) set them."
  )
  public subscript(_ mask: some StridedArray<Bool>) -> SharedArray<Element> { trapSpelling() }

  /// NumPy's `x[indices]`. Use ``take(_:axis:)``.
  @available(
    *, unavailable,
    message:
      "take(_:axis:) returns the elements at indices; put(_:at:axis:) sets them, add(_:at:) adds to them."
  )
  public subscript(_ indices: some StridedArray<Int>) -> SharedArray<Element> { trapSpelling() }

  /// NumPy's `x[[2, 0]]`. Use ``take(_:axis:)``.
  @available(
    *, unavailable,
    message:
      "take(_:axis:) returns the elements at indices; put(_:at:axis:) sets them, add(_:at:) adds to them."
  )
  public subscript(_ indices: [Int]) -> SharedArray<Element> { trapSpelling() }
}

extension StridedArray {
  /// NumPy's `x == y` for another array. Use `.==`.
  @available(
    *, unavailable,
    message: ".== compares elements and returns a mask; elementsEqual(_:) and allClose(_:) return one Bool."
  )
  public static func == (a: Self, b: some StridedArray<Element>) -> Bool { trapSpelling() }

  /// NumPy's `x == y` for a number. Use `.==`.
  @available(
    *, unavailable,
    message: ".== compares elements and returns a mask; elementsEqual(_:) and allClose(_:) return one Bool."
  )
  public static func == (a: Self, b: Element) -> Bool { trapSpelling() }

  /// NumPy's `x != y` for another array. Use `.!=`.
  @available(
    *, unavailable,
    message: ".!= compares elements and returns a mask; elementsEqual(_:) and allClose(_:) return one Bool."
  )
  public static func != (a: Self, b: some StridedArray<Element>) -> Bool { trapSpelling() }

  /// NumPy's `x != y` for a number. Use `.!=`.
  @available(
    *, unavailable,
    message: ".!= compares elements and returns a mask; elementsEqual(_:) and allClose(_:) return one Bool."
  )
  public static func != (a: Self, b: Element) -> Bool { trapSpelling() }
}

extension StridedArray where Element: ArithmeticElement & OrderedElement {
  /// NumPy's `x < y` for another array. Use `.<`.
  @available(*, unavailable, message: ".< compares elements and returns a mask.")
  public static func < (a: Self, b: some StridedArray<Element>) -> Bool { trapSpelling() }

  /// NumPy's `x < y` for a number. Use `.<`.
  @available(*, unavailable, message: ".< compares elements and returns a mask.")
  public static func < (a: Self, b: Element) -> Bool { trapSpelling() }

  /// NumPy's `x <= y` for another array. Use `.<=`.
  @available(*, unavailable, message: ".<= compares elements and returns a mask.")
  public static func <= (a: Self, b: some StridedArray<Element>) -> Bool { trapSpelling() }

  /// NumPy's `x <= y` for a number. Use `.<=`.
  @available(*, unavailable, message: ".<= compares elements and returns a mask.")
  public static func <= (a: Self, b: Element) -> Bool { trapSpelling() }

  /// NumPy's `x > y` for another array. Use `.>`.
  @available(*, unavailable, message: ".> compares elements and returns a mask.")
  public static func > (a: Self, b: some StridedArray<Element>) -> Bool { trapSpelling() }

  /// NumPy's `x > y` for a number. Use `.>`.
  @available(*, unavailable, message: ".> compares elements and returns a mask.")
  public static func > (a: Self, b: Element) -> Bool { trapSpelling() }

  /// NumPy's `x >= y` for another array. Use `.>=`.
  @available(*, unavailable, message: ".>= compares elements and returns a mask.")
  public static func >= (a: Self, b: some StridedArray<Element>) -> Bool { trapSpelling() }

  /// NumPy's `x >= y` for a number. Use `.>=`.
  @available(*, unavailable, message: ".>= compares elements and returns a mask.")
  public static func >= (a: Self, b: Element) -> Bool { trapSpelling() }
}

/// Traps. It is never called, because all its callers are unavailable.
private func trapSpelling() -> Never { trap("This operation exists only in NumPy.") }
