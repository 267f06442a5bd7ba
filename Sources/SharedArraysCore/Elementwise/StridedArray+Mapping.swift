public import SharedArraysMemory

extension StridedArray {
  /// A new array of what `transform` makes of each element, called in row-major order.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Complexity: O(n); with optimisation the loop is compiled for the closure, without calls.
  @inlinable
  public func map<Result: SharedArrayElement>(
    _ transform: (Element) -> Result
  ) throws(SharedMemoryError) -> SharedArray<Result> {
    let result = try SharedArray<Result>(uninitialized: shape)
    result.storage.forEachRun(with: storage) { results, elements in
      results.update(from: elements, transform)
    }
    return result
  }

  /// A new array of what `transform` makes of the elements of two arrays, called in row-major order; the shapes
  /// are broadcast.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public func map<Other: StridedArray, Result: SharedArrayElement>(
    with other: Other, _ transform: (Element, Other.Element) -> Result
  ) throws(SharedMemoryError) -> SharedArray<Result> {
    let shape = shape.commonShape(with: other.shape)
    let result = try SharedArray<Result>(uninitialized: shape)
    let (a, b) = (storage.broadcasted(to: shape), other.storage.broadcasted(to: shape))
    result.storage.forEachRun(with: a, b) { results, a, b in results.update(from: a, b, transform) }
    return result
  }

  /// The number of elements for which `predicate` is true.
  ///
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func count(where predicate: (Element) -> Bool) -> Int {
    var total = 0
    storage.forEachRun { run in
      // SAFETY: the positions are the run's.
      for position in 0..<run.count where unsafe predicate(run[position]) { total &+= 1 }
    }
    return total
  }
}

extension SharedArray {
  /// Replaces every element by what `transform` makes of it, in row-major order.
  ///
  /// - Complexity: O(n); with optimisation the loop is compiled for the closure, without calls.
  @inlinable
  public func update<Failure: Error>(_ transform: (Element) throws(Failure) -> Element) throws(Failure) {
    try storage.forEachRun { (run) throws(Failure) in try run.update(from: run, transform) }
  }

  /// Replaces every element by what `transform` makes of it and the element of another array, broadcast to this
  /// shape, in row-major order. The two may overlap: the result is as if `other` had been copied first.
  ///
  /// - Throws: as ``init(shape:)``, and only if they overlap in a way that needs a copy.
  /// - Precondition: the shape of `other` broadcasts to this one.
  @inlinable
  public func update<Other: StridedArray>(
    with other: Other, _ transform: (Element, Other.Element) -> Element
  ) throws(SharedMemoryError) {
    let operand = try other.storage.operand(for: storage)
    storage.forEachRun(with: operand) { run, others in run.update(from: run, others, transform) }
  }
}
