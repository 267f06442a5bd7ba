extension StridedArray {
  /// Returns the views at each index of an axis, without that axis: the rows of a matrix, or with
  /// `axis: 1` its columns.
  ///
  ///     for row in x.subarrays() { row.fill(0) }
  ///     let norms = x.subarrays(axis: 1).map { column in column.norm() }
  ///
  /// - Precondition: the axis exists.
  /// - Complexity: O(rank), also for each view; nothing is allocated.
  @inlinable
  public func subarrays(axis: Int = 0) -> Subarrays<Self> {
    Subarrays(storage, axis: axis)
  }
}

/// The views of an array at each index of one axis, in order. See
/// ``StridedArray/subarrays(axis:)``.
@frozen
public struct Subarrays<Base: StridedArray>: RandomAccessCollection, Sendable {
  /// The first view.
  @usableFromInline let first: ArrayStorage<Base.Element>
  /// The distance from one view to the next, in elements.
  @usableFromInline let stride: Int
  /// The axis that the views lack.
  public let axis: Int
  /// The extent of that axis.
  public let count: Int

  @inlinable
  init(_ storage: ArrayStorage<Base.Element>, axis: Int) {
    storage.shape.requireAxis(axis)
    var shape = Shape()
    var strides = Strides()
    for other in 0..<storage.shape.rank where other != axis {
      shape.append(storage.shape.values[other])
      strides.append(storage.strides.values[other])
    }
    first = storage.view(offset: 0, shape: shape, strides: strides)
    stride = storage.strides.values[axis]
    self.axis = axis
    count = storage.shape.values[axis]
  }

  @inlinable public var startIndex: Int { 0 }
  @inlinable public var endIndex: Int { count }

  /// The view at an index of the axis.
  ///
  /// - Precondition: the index is in `0..<count`.
  @inlinable
  public subscript(index: Int) -> Base {
    if UInt(bitPattern: index) >= UInt(bitPattern: count) { trapIndex(index, axis: axis, extent: count) }
    return Base(storage: first.view(offset: index &* stride, shape: first.shape, strides: first.strides))
  }
}
