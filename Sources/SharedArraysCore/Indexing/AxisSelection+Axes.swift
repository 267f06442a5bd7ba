extension AxisSelection {
  @inlinable public var selectedAxes: SelectedAxes { .one }
}

/// The axes of a view, built one after the other.
@frozen
@usableFromInline
struct ViewAxes {
  /// The next axis of the array to select from.
  @usableFromInline var axis = 0
  /// The offset of the first element of the view.
  @usableFromInline var offset = 0
  @usableFromInline var shape = Shape()
  @usableFromInline var strides = Strides()
  /// The number of axes of the array that are left when each selection of a single axis has taken
  /// one; negative if the array has fewer axes than such selections.
  @usableFromInline var unnamedCount: Int
  /// The number of `.ellipsis` selections, which match those axes.
  @usableFromInline var ellipsisCount = 0

  @inlinable
  init(of shape: Shape) { unnamedCount = shape.rank }

  /// Counts a selection before any is appended, so that the number of axes of a `.ellipsis` is
  /// known.
  @inlinable @inline(__always)
  mutating func count(_ selection: some AxisSelection) {
    switch selection.selectedAxes {
    case .one: unnamedCount -= 1
    case .new: break
    case .ellipsis: ellipsisCount += 1
    }
  }

  /// Appends the axes and indices that a selection keeps.
  @inlinable @inline(__always)
  mutating func append<Element>(_ selection: some AxisSelection, of storage: ArrayStorage<Element>) {
    switch selection.selectedAxes {
    case .one: appendNext(selection, of: storage)
    case .new: append(selection.indices(ofAxis: axis, extent: 1), stride: 0)
    case .ellipsis: for _ in 0..<unnamedCount { appendNext(selection, of: storage) }
    }
  }

  /// Appends the selected indices of the next axis of the array.
  @inlinable @inline(__always)
  mutating func appendNext<Element>(_ selection: some AxisSelection, of storage: ArrayStorage<Element>) {
    let extent = storage.shape.values[axis]
    let indices = selection.indices(ofAxis: axis, extent: extent)
    // A custom selection might have checked its indices against another extent.
    if indices.extent != extent { trapExtent(indices.extent, axis, extent) }
    append(indices, stride: storage.strides.values[axis])
    axis += 1
  }

  /// Returns the view. All indices of the axes after the last selection are kept.
  @inlinable @inline(__always)
  consuming func completed<Element>(of storage: ArrayStorage<Element>) -> ArrayStorage<Element> {
    while axis < storage.shape.rank { appendNext(.all, of: storage) }
    return storage.view(offset: offset, shape: shape, strides: strides)
  }

  /// Appends an axis with these indices, or for a single index only moves the offset to it.
  @inlinable @inline(__always)
  mutating func append(_ indices: SelectedIndices, stride: Int) {
    offset += indices.first * stride
    if indices.keepsAxis {
      shape.append(indices.count)
      strides.append(indices.step * stride)
    }
  }

  /// Traps if an array of this shape has no such view.
  @inlinable @inline(__always)
  func requireCounts(of shape: Shape) {
    if unnamedCount < 0 || ellipsisCount > 1 { trapSelections(unnamedCount, ellipsisCount, shape) }
  }
}

@usableFromInline @inline(never)
func trapExtent(_ extent: Int, _ axis: Int, _ expected: Int) -> Never {
  trap(
    "A selection checked its indices against extent \(extent), but axis \(axis) has extent \(expected).")
}

@usableFromInline @inline(never)
func trapSelections(_ unnamedCount: Int, _ ellipsisCount: Int, _ shape: Shape) -> Never {
  if unnamedCount < 0 { trap("An array of shape \(shape) has fewer axes than selections.") }
  trap("A view can have at most one .ellipsis, not \(ellipsisCount).")
}
