extension StridedArray {
  /// A view of the selected indices. It shares the elements; nothing is copied.
  ///
  ///     x[.all, 1]            // column 1, rank 1
  ///     x[0..<10, .stride(by: 2)]  // the first ten rows, every second column
  ///     x[3..., .stride(by: -1)]   // from row 3 on, columns reversed
  ///     x[.ellipsis, 0]           // index 0 of the last axis, whatever the rank
  ///     x[.all, .newAxis]     // a column of extent 1 between the axes, for broadcasting
  ///
  /// All indices of the axes after the last selection are kept, unless `.ellipsis` applies to them.
  ///
  /// - Precondition: the selections apply to no more axes than the array has, at most one of them
  ///   is `.ellipsis`, and each lies within its axis; the view has at most eight axes.
  /// - Complexity: O(rank), no allocation; the indices of a `stride(from:to:by:)` are counted one
  ///   by one.
  @inlinable
  public subscript<each Selection: AxisSelection>(_ selection: repeat each Selection) -> Self {
    var view = ViewAxes(of: storage.shape)
    repeat view.count(each selection)
    view.requireCounts(of: storage.shape)
    repeat view.append(each selection, of: storage)
    return Self(storage: view.completed(of: storage))
  }

  /// Returns a view of a range of one axis, for example of a partition.
  ///
  /// - Precondition: the axis exists and the range lies within it.
  @inlinable
  public func slice(_ range: Range<Int>, axis: Int = 0) -> Self {
    shape.requireAxis(axis)
    let indices = range.indices(ofAxis: axis, extent: shape[axis])
    var shape = storage.shape
    shape[axis] = indices.count
    return Self(
      storage: storage.view(
        offset: indices.first * storage.strides[axis], shape: shape, strides: storage.strides))
  }

  /// Returns a view with the axes in reverse order: the transpose of a matrix.
  @inlinable
  public func transposed() -> Self {
    transposed(Shape((0..<rank).reversed()))
  }

  /// Returns a view whose axis `i` is axis `axes[i]` of this array.
  ///
  /// - Precondition: `axes` names every axis once.
  @inlinable
  public func transposed(_ axes: AxisValues) -> Self {
    var shape: Shape = []
    var strides: Strides = []
    for axis in axes {
      shape.append(storage.shape[axis])
      strides.append(storage.strides[axis])
    }
    if axes.count != rank || !(0..<rank).allSatisfy(axes.contains) {
      trap("Axes \(axes) do not name each axis of an array of rank \(rank) once.")
    }
    return Self(storage: storage.view(offset: 0, shape: shape, strides: strides))
  }

  /// Returns a view of the same elements, in row-major order, with another shape. One extent may be
  /// -1: it is computed from the others.
  ///
  /// - Precondition: the number of elements is the same, and their memory layout allows the view;
  ///   that of a copy always does.
  @inlinable
  public func reshaped(_ shape: Shape) -> Self {
    let shape = storage.completed(shape)
    guard let strides = storage.strides(reshapedTo: shape) else {
      trap(
        "An array of shape \(storage.shape) and strides \(storage.strides) has no view of shape \(shape); "
          + "reshape a copy().")
    }
    return Self(storage: storage.view(offset: 0, shape: shape, strides: strides))
  }
}

extension ArrayStorage {
  /// Returns `shape` with its extent of -1 computed.
  @usableFromInline
  package func completed(_ shape: Shape) -> Shape {
    var shape = shape
    let open = shape.indices.filter { shape[$0] == -1 }
    if open.count == 1 {
      shape[open[0]] = 1
      let rest = shape.checkedProduct() ?? 0
      shape[open[0]] = rest == 0 ? 0 : elementCount / rest
    }
    if shape.contains(where: { $0 < 0 }) || shape.checkedProduct() != elementCount {
      trap("An array of shape \(self.shape) has \(elementCount) elements and cannot have shape \(shape).")
    }
    return shape
  }

  /// Returns the strides with which `shape` runs through the same elements in the same order; nil
  /// if no such strides exist.
  ///
  /// Both shapes are divided into the smallest groups of axes with equal products. Within a group
  /// the old axes must be mergeable.
  @usableFromInline
  package func strides(reshapedTo shape: Shape) -> Strides? {
    if isContiguous || elementCount == 0 { return shape.rowMajorStrides }
    let axes = CoalescedAxes<1>(self.shape, [strides])
    var result = Strides(repeating: 1, count: shape.count)
    var new = shape.count - 1
    for old in (0..<axes.extents.count).reversed() {
      var room = axes.extents[old]
      var stride = axes.strides[0][old]
      while room > 1 {
        while new >= 0, shape[new] == 1 { new -= 1 }
        guard new >= 0, room % shape[new] == 0 else { return nil }
        result[new] = stride
        stride *= shape[new]
        room /= shape[new]
        new -= 1
      }
    }
    return result
  }
}
