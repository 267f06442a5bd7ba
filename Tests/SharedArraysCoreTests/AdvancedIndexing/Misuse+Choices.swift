import SharedArraysCore

extension Misuse {
  /// Invalid indices and masks.
  static let choices = [
    Misuse("an index to take outside axis 0", "Index 5 is outside axis 0, which has extent 5.") {
      use(try counted([5, 2]).take([0, 5], axis: 0))
    },
    Misuse("a negative index to take", "Index -1 is outside axis 1, which has extent 2.") {
      use(try counted([5, 2]).take([-1], axis: 1))
    },
    Misuse("a position outside", "Position 10 is outside an array of shape [5, 2], which has 10 elements.") {
      use(try counted([5, 2]).take([10]))
    },
    Misuse("an index to put outside", "Index 2 is outside axis 1, which has extent 2.") {
      try counted([5, 2]).put(0, at: [2], axis: 1)
    },
    Misuse(
      "a position to put outside", "Position -1 is outside an array of shape [5, 2], which has 10 elements."
    ) {
      try counted([5, 2]).put(0, at: [-1])
    },
    Misuse(
      "a mask of another shape",
      "A mask of shape [2] does not fit the leading axes of an array of shape [5, 2]."
    ) {
      use(try counted([5, 2]).take(where: SharedArray([true, false])))
    },
    Misuse("too many values for a mask", "An array of shape [3] cannot be broadcast to shape [2].") {
      try counted([3]).put(counted([3]), where: SharedArray([true, false, true]))
    },
    Misuse(
      "a dot product of other lengths",
      "dot(_:) needs two arrays of rank 1 and equal length, not of shapes [3] and [4]."
    ) { use(try counted([3]).dot(counted([4]))) },
    Misuse("a dot product of matrices", "not of shapes [2, 2] and [2, 2].") {
      use(try counted([2, 2]).dot(counted([2, 2])))
    },
    Misuse("running sums along a missing axis", "Axis 2 does not exist in an array of rank 2.") {
      use(try counted([2, 2]).cumulativeSum(axis: 2))
    },
    Misuse("any along an axis named twice", "Axis 1 is named twice in [1, 1].") {
      use(try SharedArray<Bool>(shape: [2, 2]).any(axes: [1, 1]))
    },
    Misuse(
      "a position to add to outside",
      "Position 10 is outside an array of shape [5, 2], which has 10 elements."
    ) {
      try counted([5, 2]).add(1, at: SharedArray([0, 10]))
    },
    Misuse("a negative position in a view", "Position -1 is outside an array of shape [2, 5]") {
      try counted([5, 2]).transposed().add(1, at: SharedArray([0, -1]))
    },
    Misuse("an index to add to outside", "Index 2 is outside axis 1, which has extent 2.") {
      try counted([5, 2]).add(counted([1]), at: [2], axis: 1)
    },
  ]
}
