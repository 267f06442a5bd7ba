import SharedArraysCore
import TestSupport
import Testing

@Suite struct PercentileTests {
  @Test(.needsNumPy, arguments: SortingTests.types)
  func `medians are those of NumPy`(type: any OrderedElement.Type) throws {
    func check<Element: OrderedElement>(_ type: Element.Type) throws {
      var comparison = NumPyComparison()
      // NumPy rounds large integers before it adds them.
      let ulps = MemoryLayout<Element>.stride == 8 && !Element.elementType.isFloatingPoint ? 2 : 0
      for (seed, shape) in zip(1..., [[5, 8, 3], [1, 60], [41, 6], [2]] as [Shape]) {
        let x = try SharedArray<Element>(variedElements(shape.reduce(1, *), seed: UInt64(seed)), shape: shape)
        let name = "x\(seed)"
        try comparison.input(name, x)
        for (text, y) in [(name, x), ("\(name).T[::-1]", x.transposed()[.stride(by: -1)])] {
          for axis in 0..<y.rank {
            try comparison.expect("np.median(\(text), axis=\(axis))", y.median(axis: axis), ulps: ulps)
            try comparison.expect(
              "np.median(\(text), axis=\(axis), keepdims=True)", y.median(axis: axis, keepDims: true),
              ulps: ulps)
          }
          try comparison.expect("np.median(\(text))", SharedArray([y.median()], shape: []), ulps: ulps)
        }
      }
      try comparison.check()
    }
    try check(type)
  }

  private static let integers: [any OrderedElement.Type] = [
    Int8.self, Int16.self, Int32.self, Int64.self, UInt8.self, UInt16.self, UInt32.self, UInt64.self,
  ]

  @Test(.needsNumPy, arguments: integers)
  func `percentiles of integers are those of NumPy`(type: any OrderedElement.Type) throws {
    func check<Element: OrderedElement>(_ type: Element.Type) throws {
      try compare(SharedArray<Element>(variedElements(200), shape: [10, 20]), type: "float64")
    }
    try check(type)
  }

  @Test(.needsNumPy)
  func `percentiles of floating-point numbers are those of NumPy, rounded once`() throws {
    var generator = SeededGenerator(seed: 3)
    let numbers = (0..<200).map { _ in Double.random(in: -4...4, using: &generator) }
    try compare(SharedArray(numbers, shape: [10, 20]), type: "float64")
    try compare(SharedArray(numbers.map { Float($0) }, shape: [10, 20]), type: "float32")
    try compare(SharedArray(numbers.map { Float16($0) }, shape: [10, 20]), type: "float16")
  }

  /// Compares with NumPy, which computes in `float64` and rounds to the given type.
  private func compare<Element: OrderedElement>(_ x: SharedArray<Element>, type: String) throws {
    var comparison = NumPyComparison()
    try comparison.input("x", x)
    let percents = [0, 3.5, 25, 50, 77, 99, 100]
    func expect(_ array: String, _ options: String, _ result: SharedArray<Element.MeanElement>) throws {
      let expression = "np.percentile(np.float64(\(array)), \(options)).astype('\(type)')"
      try comparison.expect(expression, result, ulps: 4)
    }
    try expect("x", "\(percents)", x.percentiles(percents))
    let (reversed, transposed) = (x[.stride(by: -1)], x.transposed())
    for axis in 0..<2 {
      try expect("x[::-1]", "\(percents), axis=\(axis)", reversed.percentiles(percents, axis: axis))
      try expect(
        "x.T", "40, axis=\(axis), keepdims=True", transposed.percentile(40, axis: axis, keepDims: true))
      try expect("x.T", "40, axis=\(axis)", transposed.percentile(40, axis: axis))
    }
    try expect("x[2]", "61", SharedArray([x[2, .all].percentile(61)], shape: []))
    try comparison.check()
  }

  @Test func `a NaN makes the results of its lane NaN`() throws {
    let x = try SharedArray([[1, .nan, 3], [4, 6, 5], [.nan, .nan, 7.0]])
    #expect(try x.median().isNaN && x.percentile(10).isNaN)
    #expect(try x.median(axis: 1).map { $0.isNaN ? -1 : $0 }.toArray() == [-1, 5, -1])
    #expect(try x.percentile(50, axis: 0).map { $0.isNaN ? -1 : $0 }.toArray() == [-1, -1, 5])
  }

  @Test func `a percentile between two equal infinities is that infinity`() throws {
    let x = try SharedArray<Float>([-.infinity, -.infinity, 2, .infinity, .infinity])
    #expect(try x.percentiles([10, 50, 90]).toArray() == [-.infinity, 2, .infinity])
    #expect(try x[0..<4].median() == -.infinity)
  }

  @Test func `the median of an empty array is NaN, and a median of integers can be a fraction`() throws {
    let x = try SharedArray<Int>(shape: [0, 2])
    #expect(try x.median().isNaN)
    #expect(try x.median(axis: 0).map { $0.isNaN }.toArray() == [true, true])
    #expect(try x.percentiles([5, 6], axis: 1).shape == [2, 0])
    #expect(try SharedArray<UInt8>([255, 0, 254, 1]).median() == 127.5)
    #expect(try SharedArray([Int.max, .max - 1]).percentile(50) == 0x1p63)
  }
}
