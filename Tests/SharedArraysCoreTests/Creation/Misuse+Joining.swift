import SharedArraysCore

/// Invalid operands of concatenation and splitting.
extension Misuse {
  static let joining = [
    Misuse("joining nothing", "concatenate(_:axis:) needs at least one array.") {
      use(try concatenate([] as [SharedArray<Int>]))
    },
    Misuse("stacking nothing", "stack(_:axis:) needs at least one array.") {
      use(try stack([] as [SharedArray<Int>]))
    },
    Misuse("joining along a missing axis", "Axis 2 does not exist in an array of rank 2.") {
      use(try concatenate([matrix(), matrix()], axis: 2))
    },
    Misuse("joining along a negative axis", "Axis -1 does not exist in an array of rank 2.") {
      use(try concatenate([matrix()], axis: -1))
    },
    Misuse("joining arrays without axes", "Axis 0 does not exist in an array of rank 0.") {
      use(try concatenate([counted([]), counted([])]))
    },
    Misuse(
      "joining other extents",
      "Array 1 of shape [4, 3] cannot be joined to array 0 of shape [3, 4] along axis 0: all other extents must be"
    ) {
      use(try concatenate([matrix(), matrix().transposed()]))
    },
    Misuse(
      "joining other ranks", "Array 2 of shape [4] cannot be joined to array 0 of shape [3, 4] along axis 1"
    ) {
      use(try concatenate([matrix(), matrix(), matrix()[0]], axis: 1))
    },
    Misuse("stacking other shapes", "Array 1 of shape [4] cannot be stacked on array 0 of shape [3].") {
      use(try stack([counted([3]), counted([4])]))
    },
    Misuse("stacking along a missing axis", "Axis 3 does not exist in an array of rank 3.") {
      use(try stack([matrix()], axis: 3))
    },
    Misuse("stacking arrays of rank 8", "An array has at most 8 axes, not 9.") {
      use(try stack([counted([1, 1, 1, 1, 1, 1, 1, 1])], axis: 9))
    },
    Misuse("splitting into no parts", "Axis 1, which has extent 4, cannot be split into 0 parts.") {
      use(try matrix().split(into: 0, axis: 1))
    },
    Misuse("splitting a missing axis", "Axis 2 does not exist in an array of rank 2.") {
      use(try matrix().split(into: 1, axis: 2))
    },
    Misuse("splitting a scalar", "Axis 0 does not exist in an array of rank 0.") {
      use(try counted([]).split(at: []))
    },
    Misuse(
      "splitting beyond the end",
      "Axis 0, which has extent 3, cannot be split at [1, 4]: they must ascend within 0...3."
    ) {
      use(try matrix().split(at: [1, 4]))
    },
    Misuse("splitting before the start", "Axis 0, which has extent 3, cannot be split at [-1]:") {
      use(try matrix().split(at: [-1]))
    },
    Misuse("splitting backwards", "Axis 0, which has extent 3, cannot be split at [2, 1]:") {
      use(try matrix().split(at: [2, 1]))
    },
  ]
}
