extension StridedArray {
  /// The distance in memory between neighbours along each axis, in bytes, as in NumPy and the
  /// buffer protocol. ``strides`` are in elements.
  @inlinable
  public var byteStrides: Strides {
    var strides = storage.strides
    for axis in 0..<strides.count { strides[axis] *= MemoryLayout<Element>.stride }
    return strides
  }

  /// Calls `body` with a pointer to the element at index 0, the shape, and the strides in elements.
  /// It passes an array or any view of it, without a copy, to C or Fortran code that reads it.
  ///
  ///     // double weighted_sum(const double *a, long rows, long columns, long row_stride, long column_stride);
  ///     let sum = unsafe x.withUnsafeStridedPointer { pointer, shape, strides in
  ///       unsafe weighted_sum(pointer, shape[0], shape[1], strides[0], strides[1])
  ///     }
  ///
  /// The element at index `[i, j]` is `pointer[i * strides[0] + j * strides[1]]`. Strides are
  /// negative where a view runs backwards, and 0 where it repeats an element. `Array(shape)` and
  /// `Array(strides)` are arrays of `Int`: pass them to C code that expects a `const ptrdiff_t *`.
  /// Pass ``byteStrides`` to C code that counts in bytes.
  ///
  /// **Row-major** routines (C, CBLAS with `CblasRowMajor`) need the elements of a row to be
  /// adjacent: `strides[1] == 1`. Their leading dimension is `strides[0]`, which can differ from
  /// the number of columns.
  ///
  /// **Column-major** routines (Fortran, LAPACK) need the elements of a column to be adjacent:
  /// `strides[0] == 1`. A new array is row-major, so its `transposed()` view is a matrix in
  /// Fortran's order; the leading dimension is `strides[1]`:
  ///
  ///     let a = try SharedArray<Double>(shape: [columns, rows]).transposed()  // rows x columns for Fortran
  ///     unsafe a.withUnsafeStridedPointer { pointer, shape, strides in
  ///       unsafe solve_(pointer, &rows, &columns, &leadingDimension)  // leadingDimension = strides[1]
  ///     }
  ///
  /// If the stride that must be 1 is not 1, the routine needs a copy. `copy()` is row-major;
  /// `transposed().copy().transposed()` is column-major.
  ///
  /// A complex element is two numbers, real part first, as in C and Fortran; a `Bool` is one byte,
  /// 0 or 1.
  ///
  /// The pointer is valid until `body` returns: the array stays mapped until then. Accesses of the
  /// C code are not checked. The pointer of an empty array must not be read. Other processes can
  /// write the elements during the call.
  ///
  /// - Parameter body: A closure that receives the pointer, the shape and the strides. It can
  ///   throw.
  /// - Returns: the result of `body`.
  /// - Complexity: O(1) besides `body`.
  @unsafe @inlinable
  public func withUnsafeStridedPointer<Result: ~Copyable, Failure: Error>(
    _ body: (_ pointer: UnsafePointer<Element>, _ shape: Shape, _ strides: Strides) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // SAFETY: the storage keeps its memory mapped while this runs; the author of `body` is
    // responsible for what it does with the pointer.
    defer { withExtendedLifetime(storage.owner) {} }
    return try unsafe body(UnsafePointer(storage.base), storage.shape, storage.strides)
  }
}

extension SharedArray {
  /// Calls `body` with a pointer to the element at index 0, the shape, and the strides in elements.
  /// It passes an array or any view of it to C or Fortran code that writes it.
  ///
  /// The notes on layouts and lifetime of ``StridedArray/withUnsafeStridedPointer(_:)`` apply here
  /// too. The results of C code are undefined if it receives two views of the same elements and
  /// assumes that they do not overlap (`restrict`; any Fortran argument).
  ///
  /// - Parameter body: A closure that receives the pointer, the shape and the strides. It can
  ///   throw.
  /// - Returns: the result of `body`.
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
