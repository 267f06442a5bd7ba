import SharedArraysCore

/// Invalid comparisons.
extension Misuse {
  static let comparison = [
    Misuse("close to another shape", "Shapes [2, 3] and [4] do not match: counted from the last axis") {
      use(try SharedArray<Double>(shape: [2, 3]).allClose(SharedArray<Double>(shape: [4])))
    },
    Misuse("each close to another shape", "Shapes [3] and [2] do not match: counted from the last axis") {
      use(try SharedArray<Float>(shape: [3]).isClose(SharedArray<Float>(shape: [2])))
    },
  ]
}
