// Shapes are broadcast as in NumPy: counted from the last axis, extents must be equal, or one of
// them 1 or missing. The stride of a broadcast axis is 0, so that all its indices lead to the same
// element.
//
// SAFETY: `Axes` yields offsets of elements within the shape of the three storages, each of which
// keeps its elements mapped; the runs take over its counts and strides.

extension AxisValues {
  /// Returns the shape to which arrays of this and the other shape are broadcast; nil if they do
  /// not match.
  @usableFromInline
  package func broadcasted(with other: Shape) -> Shape? {
    var (shape, shorter) = count >= other.count ? (self, other) : (other, self)
    let added = shape.count - shorter.count
    for axis in 0..<shorter.count where shape.values[added + axis] != shorter.values[axis] {
      if shape.values[added + axis] == 1 {
        shape.values[added + axis] = shorter.values[axis]
      } else if shorter.values[axis] != 1 {
        return nil
      }
    }
    return shape
  }

  /// Returns the shape to which arrays of this and the other shape are broadcast.
  ///
  /// - Precondition: the shapes match.
  @inlinable
  package func commonShape(with other: Shape) -> Shape {
    if self == other { return self }
    guard let shape = broadcasted(with: other) else { trapBroadcast(self, other) }
    return shape
  }

  /// Returns the strides with which an array with these strides is broadcast from one shape to
  /// another.
  ///
  /// - Precondition: the shapes match, the first broadcasts to the second, and its elements can be
  ///   counted.
  @usableFromInline
  func broadcasted(from shape: Shape, to target: Shape) -> Strides {
    if target.count < shape.count { trapBroadcast(of: shape, to: target) }
    var strides = Strides(repeating: 0, count: target.count)
    let added = target.count - shape.count
    for axis in 0..<shape.count {
      if shape.values[axis] == target.values[added + axis] {
        strides.values[added + axis] = values[axis]
      } else if shape.values[axis] != 1 {
        trapBroadcast(of: shape, to: target)
      }
    }
    if target.contains(where: { $0 < 0 }) || target.checkedProduct() == nil {
      trapBroadcast(of: shape, to: target)
    }
    return strides
  }
}

@usableFromInline @inline(never)
func trapBroadcast(_ a: Shape, _ b: Shape) -> Never {
  trap(
    "Shapes \(a) and \(b) do not match: counted from the last axis, extents must be equal, or one of them 1.")
}

@usableFromInline @inline(never)
func trapBroadcast(of shape: Shape, to target: Shape) -> Never {
  trap("An array of shape \(shape) cannot be broadcast to shape \(target).")
}

extension ArrayStorage {
  /// Returns a view of another shape in which the elements repeat along the added and widened axes.
  ///
  /// - Precondition: counted from the last axis, each extent of this storage is 1 or that of
  ///   `shape`, and the number of elements of `shape` does not overflow `Int`.
  /// - Complexity: O(rank), no allocation.
  @inlinable
  package func broadcasted(to shape: Shape) -> ArrayStorage {
    if shape == self.shape { return self }
    return view(offset: 0, shape: shape, strides: strides.broadcasted(from: self.shape, to: shape))
  }

  /// Calls `body` with the runs of this storage and of two others at the same indices, in row-major
  /// order. Nothing is allocated.
  ///
  /// - Precondition: all have the same shape.
  @inlinable @inline(__always)
  package func forEachRun<First: SharedArrayElement, Second: SharedArrayElement>(
    with first: ArrayStorage<First>, _ second: ArrayStorage<Second>,
    _ body: (Run<Element>, Run<First>, Run<Second>) -> Void
  ) {
    if shape.rank == 1 {
      let count = shape.values[0]
      body(
        unsafe Run(start: base, count: count, stride: strides.values[0]),
        unsafe Run(start: first.base, count: count, stride: first.strides.values[0]),
        unsafe Run(start: second.base, count: count, stride: second.strides.values[0]))
      return
    }
    let axes = CoalescedAxes<3>(shape, [strides, first.strides, second.strides])
    let count = axes.runCount
    axes.forEachRun { offsets in
      body(
        unsafe Run(start: base + offsets[0], count: count, stride: axes.runStride(0)),
        unsafe Run(start: first.base + offsets[1], count: count, stride: axes.runStride(1)),
        unsafe Run(start: second.base + offsets[2], count: count, stride: axes.runStride(2)))
    }
  }
}
