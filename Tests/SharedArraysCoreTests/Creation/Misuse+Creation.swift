import SharedArraysCore

/// Invalid descriptions of a new array.
extension Misuse {
  static let creation = [
    Misuse("a shorter row", "equally long: the one at [1] has length 1, the one at [0] 2.") {
      use(try SharedArray([[1, 2], [3]]))
    },
    Misuse("a longer row", "equally long: the one at [2] has length 3, the one at [0] 0.") {
      use(try SharedArray([[], [], [1, 2, 3]]))
    },
    Misuse("a shorter matrix", "equally long: the one at [1] has length 1, the one at [0] 2.") {
      use(try SharedArray([[[1], [2]], [[3]]]))
    },
    Misuse("a longer row of a matrix", "equally long: the one at [0, 1] has length 2, the one at [0, 0] 1.") {
      use(try SharedArray([[[1], [2, 3]], [[4], [5]]]))
    },
    Misuse("a shorter block", "equally long: the one at [1] has length 0, the one at [0] 1.") {
      use(try SharedArray([[[[1]]], []]))
    },
    Misuse("a longer matrix of a block", "equally long: the one at [1, 0] has length 2, the one at [0, 0] 1.")
    {
      use(try SharedArray([[[[1]]], [[[1], [2]]]]))
    },
    Misuse("a longer row of a block", "the one at [0, 1, 1] has length 2, the one at [0, 0, 0] 1.") {
      use(try SharedArray([[[[1], [2]], [[3], [4, 5]]]]))
    },
    Misuse("a repetition of a negative extent", "Axis 1 of shape [2, -3] has a negative extent.") {
      use(try SharedArray(repeating: 1, shape: [2, -3]))
    },
    Misuse("a closure for a negative extent", "Axis 0 of shape [-1] has a negative extent.") {
      use(try SharedArray(shape: [-1]) { $0[0] })
    },
    Misuse("an index of a closure beyond the axes", "Axis 2 does not exist in an array of rank 2.") {
      use(try SharedArray(shape: [1, 1]) { $0[2] })
    },
    Misuse("a range without steps", "arange(from:to:by:) from 1 to 5 needs a step other than 0.") {
      use(try SharedArray.arange(from: 1, to: 5, by: 0))
    },
    Misuse("a range of fractions without steps", "from 0.0 to 0.0 needs a step other than -0.0.") {
      use(try SharedArray<Float>.arange(from: 0, to: 0, by: -0.0))
    },
    Misuse("an endless range", "finite bounds and a numeric step, not 0.0, inf and 1.0.") {
      use(try SharedArray<Double>.arange(.infinity))
    },
    Misuse("a range from nowhere", "finite bounds and a numeric step, not nan, 1.0 and 1.0.") {
      use(try SharedArray<Float16>.arange(from: .nan, to: 1))
    },
    Misuse("steps that are no number", "finite bounds and a numeric step, not 0.0, 1.0 and nan.") {
      use(try SharedArray<Double>.arange(to: 1, by: .nan))
    },
    Misuse("a negative count of numbers", "linspace from 0.0 to 1.0 needs a count of at least 0, not -1.") {
      use(try SharedArray<Double>.linspace(from: 0, through: 1, count: -1))
    },
    Misuse("an identity of negative size", "Axis 0 of shape [-2, -2] has a negative extent.") {
      use(try SharedArray<Int>.eye(-2))
    },
  ]
}
