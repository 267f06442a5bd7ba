// Views with other axes. In the views of `broadcast(to:)` and `slidingWindows(of:axis:)` one
// element has several indices. A write through them would change elements that the caller did not
// name, so they are read-only.

extension StridedArray {
  /// Returns a view with an additional axis of extent 1, inserted before axis `axis` of this array,
  /// or as the last axis.
  ///
  /// - Precondition: `axis` is in `0...rank`, and the array has at most seven axes.
  /// - Complexity: O(rank), no allocation.
  @inlinable
  public func newAxis(at axis: Int) -> Self {
    if axis < 0 || axis > rank { trapAxis(axis, rank: rank) }
    var shape: Shape = []
    var strides: Strides = []
    for old in 0...rank {
      if old == axis {
        shape.append(1)
        strides.append(0)
      }
      if old < rank {
        shape.append(self.shape[old])
        strides.append(self.strides[old])
      }
    }
    return Self(storage: storage.view(offset: 0, shape: shape, strides: strides))
  }

  /// Returns a view without the axes of extent 1.
  @inlinable
  public func squeezed() -> Self {
    var shape: Shape = []
    var strides: Strides = []
    for axis in 0..<rank where self.shape[axis] != 1 {
      shape.append(self.shape[axis])
      strides.append(self.strides[axis])
    }
    return Self(storage: storage.view(offset: 0, shape: shape, strides: strides))
  }

  /// Returns a view without one axis of extent 1.
  ///
  /// - Precondition: the axis exists and has extent 1.
  @inlinable
  public func squeezed(axis: Int) -> Self {
    shape.requireAxis(axis)
    if shape[axis] != 1 {
      trap("squeezed(axis:) needs an axis of extent 1, not axis \(axis) of shape \(shape).")
    }
    var shape: Shape = []
    var strides: Strides = []
    for old in 0..<rank where old != axis {
      shape.append(self.shape[old])
      strides.append(self.strides[old])
    }
    return Self(storage: storage.view(offset: 0, shape: shape, strides: strides))
  }

  /// Returns a view whose axes all run backwards.
  @inlinable
  public func flipped() -> Self {
    var view = self
    for axis in 0..<rank { view = view.flipped(axis: axis) }
    return view
  }

  /// Returns a view in which one axis runs backwards.
  ///
  /// - Precondition: the axis exists.
  @inlinable
  public func flipped(axis: Int) -> Self {
    shape.requireAxis(axis)
    // The first element of an empty view must not lie outside the memory.
    let offset = isEmpty ? 0 : (shape[axis] - 1) * strides[axis]
    var strides = strides
    strides[axis] = -strides[axis]
    return Self(storage: storage.view(offset: offset, shape: shape, strides: strides))
  }

  /// Returns a view in which axis `from` has become axis `to`; the others keep their order.
  ///
  /// - Precondition: both axes exist.
  @inlinable
  public func movedAxis(from: Int, to: Int) -> Self {
    shape.requireAxis(from)
    shape.requireAxis(to)
    var axes: AxisValues = []
    var others = 0
    for axis in 0..<rank {
      if axis == to {
        axes.append(from)
      } else {
        if others == from { others += 1 }
        axes.append(others)
        others += 1
      }
    }
    return transposed(axes)
  }

  /// Returns a view in which two axes have changed places.
  ///
  /// - Precondition: both axes exist.
  @inlinable
  public func swappedAxes(_ a: Int, _ b: Int) -> Self {
    shape.requireAxis(a)
    shape.requireAxis(b)
    var (shape, strides) = (shape, strides)
    shape.swapAt(a, b)
    strides.swapAt(a, b)
    return Self(storage: storage.view(offset: 0, shape: shape, strides: strides))
  }

  /// Returns a view of the elements whose indices along two axes differ by `offset`. The view lacks
  /// these two axes; its last axis is the diagonal. If the diagonal lies outside the array, that
  /// axis is empty.
  ///
  /// - Parameters:
  ///   - offset: The index along the second axis minus the index along the first.
  ///   - axes: The two axes.
  /// - Precondition: both axes exist and differ.
  @inlinable
  public func diagonal(offset: Int = 0, axes: (Int, Int) = (0, 1)) -> Self {
    let (first, second) = axes
    shape.requireAxis(first)
    shape.requireAxis(second)
    if first == second { trap("A diagonal needs two different axes, not axis \(first) twice.") }
    var shape: Shape = []
    var strides: Strides = []
    for axis in 0..<rank where axis != first && axis != second {
      shape.append(self.shape[axis])
      strides.append(self.strides[axis])
    }
    let (rows, columns) = (self.shape[first], self.shape[second])
    // The comparison comes before any subtraction: an offset can be as large as an Int can be.
    let isInside = offset < columns && offset > -rows
    let count =
      !isInside ? 0 : offset < 0 ? Swift.min(rows + offset, columns) : Swift.min(rows, columns - offset)
    let start = offset < 0 ? (0 &- offset) &* self.strides[first] : offset &* self.strides[second]
    shape.append(count)
    strides.append(self.strides[first] + self.strides[second])
    return Self(
      storage: storage.view(offset: count == 0 || isEmpty ? 0 : start, shape: shape, strides: strides))
  }

  /// Returns a view of all windows of `extent` neighbours along an axis. That axis becomes the
  /// position of the window, and a new last axis is the position within it.
  ///
  /// Windows overlap, so the result cannot be written.
  ///
  /// - Precondition: the axis exists, and `extent` is from 1 to its extent; the array has at most
  ///   seven axes.
  @inlinable
  public func slidingWindows(of extent: Int, axis: Int) -> ReadOnlySharedArray<Element> {
    shape.requireAxis(axis)
    if extent < 1 || extent > shape[axis] {
      trap("Axis \(axis), which has extent \(shape[axis]), has no windows of extent \(extent).")
    }
    var (shape, strides) = (shape, strides)
    shape.append(extent)
    strides.append(strides[axis])
    shape[axis] -= extent - 1
    return ReadOnlySharedArray(storage: storage.view(offset: 0, shape: shape, strides: strides))
  }

  /// Returns a view of a larger shape, in which the elements repeat along the added and widened
  /// axes, as in NumPy: counted from the last axis, extents of 1 are widened, and missing axes are
  /// added in front.
  ///
  /// One element has several indices, so the result cannot be written.
  ///
  /// - Precondition: each extent, counted from the last axis, is 1 or that of `shape`.
  @inlinable
  public func broadcast(to shape: Shape) -> ReadOnlySharedArray<Element> {
    ReadOnlySharedArray(storage: storage.broadcasted(to: shape))
  }
}
