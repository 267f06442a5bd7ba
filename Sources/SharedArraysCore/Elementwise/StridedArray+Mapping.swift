public import SharedArraysMemory

extension StridedArray {
  /// Returns a new array of the results of `transform` for each element. Calls it in row-major
  /// order.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Complexity: O(n). With optimization, the loop is specialized for the closure and contains no
  ///   calls.
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

  /// Returns a new array of the results of `transform` for the elements of two arrays. Calls it in
  /// row-major order. Broadcasts the shapes.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The shapes can be broadcast.
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

  /// Returns the number of elements for which `predicate` is true.
  ///
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func count(where predicate: (Element) -> Bool) -> Int {
    var total = 0
    storage.forEachRun { run in
      // SAFETY: The positions lie within the run.
      for position in 0..<run.count where unsafe predicate(run[position]) { total &+= 1 }
    }
    return total
  }
}

extension SharedArray {
  /// Replaces every element by the result of `transform` for it, in row-major order.
  ///
  /// - Complexity: O(n). With optimization, the loop is specialized for the closure and contains no
  ///   calls.
  @inlinable
  public func update<Failure: Error>(_ transform: (Element) throws(Failure) -> Element) throws(Failure) {
    try storage.forEachRun { (run) throws(Failure) in try run.update(from: run, transform) }
  }

  /// Replaces every element by the result of `transform` for it and the element of another array,
  /// which is broadcast to this shape, in row-major order. The arrays may overlap: the result is as
  /// if `other` had been copied first.
  ///
  /// - Throws: The errors of ``init(shape:)``, but only if an overlap requires a copy.
  /// - Precondition: The shape of `other` broadcasts to this one.
  @inlinable
  public func update<Other: StridedArray>(
    with other: Other, _ transform: (Element, Other.Element) -> Element
  ) throws(SharedMemoryError) {
    let operand = try other.storage.operand(for: storage)
    storage.forEachRun(with: operand) { run, others in run.update(from: run, others, transform) }
  }
}
