extension StridedArray {
  /// For each axis, how many bytes to go forward in memory for the next index, as NumPy and the buffer
  /// protocol count; ``strides`` count elements.
  @inlinable
  public var byteStrides: Strides {
    var strides = storage.strides
    for axis in 0..<strides.count { strides[axis] *= MemoryLayout<Element>.stride }
    return strides
  }

  /// Calls `body` with a pointer to the element at index 0, the shape, and the strides in elements: the way to
  /// hand an array or any view of it, without a copy, to C or Fortran code that reads it.
  ///
  ///     // double weighted_sum(const double *a, long rows, long columns, long row_stride, long column_stride);
  ///     let sum = unsafe x.withUnsafeStridedPointer { pointer, shape, strides in
  ///       unsafe weighted_sum(pointer, shape[0], shape[1], strides[0], strides[1])
  ///     }
  ///
  /// The element at index `[i, j]` is `pointer[i * strides[0] + j * strides[1]]`. Strides are negative where a
  /// view runs backwards, and 0 where it repeats an element. C code that wants arrays of numbers takes
  /// `Array(shape)` and `Array(strides)` (as `const ptrdiff_t *`), and one that counts in bytes
  /// ``byteStrides``.
  ///
  /// **Row-major** routines (C, CBLAS with `CblasRowMajor`) want the elements of a row to stand one after the
  /// other: `strides[1] == 1`. Their leading dimension is `strides[0]`, which need not be the number of columns.
  ///
  /// **Column-major** routines (Fortran, LAPACK) want that of the columns: `strides[0] == 1`. A new array is
  /// row-major, so its `transposed()` view is what Fortran calls a matrix; the leading dimension is `strides[1]`:
  ///
  ///     let a = try SharedArray<Double>(shape: [columns, rows]).transposed()  // rows x columns for Fortran
  ///     unsafe a.withUnsafeStridedPointer { pointer, shape, strides in
  ///       unsafe solve_(pointer, &rows, &columns, &leadingDimension)  // leadingDimension = strides[1]
  ///     }
  ///
  /// Where neither stride is 1, such a routine needs a `copy()`. A complex element is two numbers, real part
  /// first, as in C and Fortran; a `Bool` is one byte, 0 or 1.
  ///
  /// The pointer is valid until `body` returns: the array stays mapped that long. Nobody checks what C does with
  /// it; of an empty array it must not be read. Other processes may write the elements meanwhile.
  ///
  /// - Parameter body: gets the pointer, the shape and the strides, and may throw.
  /// - Returns: what `body` returns.
  /// - Complexity: O(1) besides `body`.
  @unsafe @inlinable
  public func withUnsafeStridedPointer<Result: ~Copyable, Failure: Error>(
    _ body: (_ pointer: UnsafePointer<Element>, _ shape: Shape, _ strides: Strides) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // SAFETY: the storage keeps its memory mapped while this runs; what `body` does is for its author to see to.
    defer { withExtendedLifetime(storage.owner) {} }
    return try unsafe body(UnsafePointer(storage.base), storage.shape, storage.strides)
  }
}

extension SharedArray {
  /// Calls `body` with a pointer to the element at index 0, the shape, and the strides in elements: the way to
  /// hand an array or any view of it to C or Fortran code that writes it.
  ///
  /// What ``StridedArray/withUnsafeStridedPointer(_:)`` says of layouts and lifetime holds here too. Two views of
  /// the same elements passed to C code that takes them for different ones (`restrict`; any Fortran argument) make
  /// its results undefined.
  ///
  /// - Parameter body: gets the pointer, the shape and the strides, and may throw.
  /// - Returns: what `body` returns.
  /// - Complexity: O(1) besides `body`.
  @unsafe @inlinable
  public func withUnsafeMutableStridedPointer<Result: ~Copyable, Failure: Error>(
    _ body: (_ pointer: UnsafeMutablePointer<Element>, _ shape: Shape, _ strides: Strides) throws(Failure) ->
      Result
  ) throws(Failure) -> Result {
    // SAFETY: as for `withUnsafeStridedPointer`; the memory of a SharedArray is mapped for writing.
    defer { withExtendedLifetime(storage.owner) {} }
    return try unsafe body(storage.base, storage.shape, storage.strides)
  }
}
