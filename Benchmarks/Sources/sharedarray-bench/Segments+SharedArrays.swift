import SharedArrays

/// The contenders of this library in segments.
///
/// The release of the last reference to an array unmaps it.
extension Segments {
  static func sharedArrayCreate(byteCount: Int, repetitions: Int) -> [Contender] {
    let (name, count) = (name("ours"), byteCount / MemoryLayout<Double>.stride)
    return [
      Contender("SharedArrays create") {
        try 1e6
          * secondsPerCall(repetitions) {
            let array = try SharedArray<Double>.create(name, shape: [count])
            touchEachPage(array)
            try array.unlink()
          }
      },
      Contender("SharedArrays unnamed array") {
        try 1e6 * secondsPerCall(repetitions) { touchEachPage(try SharedArray<Double>(shape: [count])) }
      },
    ]
  }

  static func withSharedArrayAttach(
    byteCount: Int, repetitions: Int, _ body: ([Contender]) throws -> Void
  ) throws {
    let name = name("attach-ours")
    let array = try SharedArray<Double>.create(name, shape: [byteCount / MemoryLayout<Double>.stride])
    defer { try? array.unlink() }
    touchEachPage(array)
    try body([
      Contender("SharedArrays attach") {
        try 1e6 * secondsPerCall(repetitions) { _ = try SharedArray<Double>.attach(name) }
      }
    ])
  }

  private static func touchEachPage(_ array: SharedArray<Double>) {
    var elements = array.mutableSpan
    for index in stride(from: 0, to: elements.count, by: 4096 / MemoryLayout<Double>.stride) {
      elements[index] = 1
    }
  }
}
