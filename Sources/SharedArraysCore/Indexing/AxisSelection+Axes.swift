/// Which axes a selection is for.
@frozen
public enum SelectedAxes: Sendable {
  /// The next axis of the array.
  case one
  /// None of the array's: the view gets a new one here, of extent 1.
  case new
  /// All axes that no other selection is for; each is asked for its indices.
  case rest
}

extension AxisSelection {
  @inlinable public var selectedAxes: SelectedAxes { .one }
}

/// A new axis of extent 1.
@frozen
public struct NewAxis: AxisSelection {
  @inlinable
  init() {}

  @inlinable public var selectedAxes: SelectedAxes { .new }

  /// The only index of the new axis.
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    SelectedIndices(first: 0, count: extent, axis: axis, extent: extent)
  }
}

/// All axes that no other selection is for.
@frozen
public struct RestOfAxes: AxisSelection {
  @inlinable
  init() {}

  @inlinable public var selectedAxes: SelectedAxes { .rest }

  /// All indices of one of the axes.
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    SelectedIndices(first: 0, count: extent, axis: axis, extent: extent)
  }
}

extension AxisSelection where Self == NewAxis {
  /// A new axis of extent 1 here, as `numpy.newaxis`; it stands for no axis of the array.
  @inlinable public static var newAxis: NewAxis { NewAxis() }
}

extension AxisSelection where Self == RestOfAxes {
  /// All axes that no other selection is for, whole, as `...` in NumPy; there may be none.
  @inlinable public static var rest: RestOfAxes { RestOfAxes() }
}

/// The axes of a view, put together one after the other.
@frozen
@usableFromInline
struct ViewAxes {
  /// The next axis of the array.
  @usableFromInline var axis = 0
  /// Where the first element of the view is.
  @usableFromInline var offset = 0
  @usableFromInline var shape = Shape()
  @usableFromInline var strides = Strides()
  /// How many axes of the array no selection names; negative if there are more selections.
  @usableFromInline var unnamedCount: Int
  /// How many selections stand for those.
  @usableFromInline var restCount = 0

  @inlinable
  init(of shape: Shape) { unnamedCount = shape.rank }

  /// Takes note of a selection before any is appended, so that a rest is known to be as long as it is.
  @inlinable @inline(__always)
  mutating func count(_ selection: some AxisSelection) {
    switch selection.selectedAxes {
    case .one: unnamedCount -= 1
    case .new: break
    case .rest: restCount += 1
    }
  }

  /// Appends what a selection keeps.
  @inlinable @inline(__always)
  mutating func append<Element>(_ selection: some AxisSelection, of storage: ArrayStorage<Element>) {
    switch selection.selectedAxes {
    case .one: appendNext(selection, of: storage)
    case .new: append(selection.indices(ofAxis: axis, extent: 1), stride: 0)
    case .rest: for _ in 0..<unnamedCount { appendNext(selection, of: storage) }
    }
  }

  /// Appends the selected indices of the next axis of the array.
  @inlinable @inline(__always)
  mutating func appendNext<Element>(_ selection: some AxisSelection, of storage: ArrayStorage<Element>) {
    let extent = storage.shape.values[axis]
    let indices = selection.indices(ofAxis: axis, extent: extent)
    // Whoever writes a selection may have checked its indices against something else.
    if indices.extent != extent { trapExtent(indices.extent, axis, extent) }
    append(indices, stride: storage.strides.values[axis])
    axis += 1
  }

  /// The view, in which axes after the last selection are kept whole.
  @inlinable @inline(__always)
  consuming func completed<Element>(of storage: ArrayStorage<Element>) -> ArrayStorage<Element> {
    while axis < storage.shape.rank { appendNext(.all, of: storage) }
    return storage.view(offset: offset, shape: shape, strides: strides)
  }

  /// Appends an axis with these indices, or moves on to the only one.
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
    if unnamedCount < 0 || restCount > 1 { trapSelections(unnamedCount, restCount, shape) }
  }
}

@usableFromInline @inline(never)
func trapExtent(_ extent: Int, _ axis: Int, _ expected: Int) -> Never {
  trap(
    "A selection has indices of an axis of extent \(extent) for axis \(axis), which has extent \(expected).")
}

@usableFromInline @inline(never)
func trapSelections(_ unnamedCount: Int, _ restCount: Int, _ shape: Shape) -> Never {
  if unnamedCount < 0 { trap("There are more selections than axes in an array of shape \(shape).") }
  trap("A view has one rest of axes at most, not \(restCount).")
}
