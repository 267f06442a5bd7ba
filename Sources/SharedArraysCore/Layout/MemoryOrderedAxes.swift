/// Axes in memory order: all run forwards, the one with the largest stride first.
struct MemoryOrderedAxes {
  var shape: Shape = Shape()
  var strides: Strides = Strides()
  var otherStrides: Strides = Strides()
  var offset = 0
  var otherOffset = 0

  /// Inserts an axis by insertion sort: at most eight axes, and stable, so that axes of equal
  /// strides keep their order.
  mutating func insert(_ extent: Int, _ stride: Int, _ otherStride: Int) {
    if extent == 1 { return }
    var (stride, otherStride) = (stride, otherStride)
    if stride < 0 {
      offset += Swift.max(0, extent - 1) * stride
      otherOffset += Swift.max(0, extent - 1) * otherStride
      (stride, otherStride) = (-stride, -otherStride)
    }
    shape.append(extent)
    strides.append(stride)
    otherStrides.append(otherStride)
    var place = shape.rank - 1
    while place > 0, strides.values[place - 1] < strides.values[place] {
      shape.values.swapAt(place - 1, place)
      strides.values.swapAt(place - 1, place)
      otherStrides.values.swapAt(place - 1, place)
      place -= 1
    }
  }

  var merged: CoalescedAxes<1> { CoalescedAxes(shape, [strides]) }
  var mergedWithOther: CoalescedAxes<2> { CoalescedAxes(shape, [strides, otherStrides]) }
}
