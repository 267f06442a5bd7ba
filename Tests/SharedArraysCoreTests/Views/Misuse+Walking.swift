import SharedArraysCore

/// Invalid iterations over elements and subarrays.
extension Misuse {
  static let walking = [
    Misuse("subarrays along a missing axis", "Axis 2 does not exist in an array of rank 2.") {
      use(try matrix().subarrays(axis: 2))
    },
    Misuse("subarrays of a scalar", "Axis 0 does not exist in an array of rank 0.") {
      use(try counted([]).subarrays())
    },
    Misuse("a subarray at the extent", "Index 4 is outside axis 1, which has extent 4.") {
      use(try matrix().subarrays(axis: 1)[4])
    },
    Misuse("a subarray at a negative index", "Index -1 is outside axis 0, which has extent 3.") {
      use(try matrix().subarrays()[-1])
    },
    Misuse("a position at the end", "Position 12 is outside an array of 12 elements.") {
      use(try matrix().elements[12])
    },
    Misuse("a negative position", "Position -1 is outside an array of 12 elements.") {
      use(try matrix().transposed().elements[-1])
    },
    Misuse("a position in an empty array", "Position 0 is outside an array of 0 elements.") {
      use(try matrix()[0..<0].elements[0])
    },
  ]
}
