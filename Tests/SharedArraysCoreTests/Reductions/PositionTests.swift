import SharedArraysCore
import TestSupport
import Testing

@Suite struct PositionTests {
  private static let types: [any OrderedElement.Type] = [
    Bool.self, Int8.self, Int16.self, Int32.self, Int64.self, UInt8.self, UInt16.self, UInt32.self,
    UInt64.self,
    Float16.self, Float.self, Double.self,
  ]

  @Test(.needsNumPy, arguments: types)
  func `positions of extremes are those of NumPy`(type: any OrderedElement.Type) throws {
    func check<Element: OrderedElement>(_ type: Element.Type) throws {
      var comparison = NumPyComparison()
      for (seed, shape) in zip(1..., [[50, 7, 3], [3, 4500], [1, 1], [6000, 2, 1]] as [Shape]) {
        let x = try SharedArray<Element>(
          variedElements(shape.reduce(1, *), seed: UInt64(seed)), shape: shape)
        let name = "x\(seed)"
        try comparison.input(name, x)
        for y in [
          (name, x), ("\(name).T", x.transposed()),
          ("\(name)[::-1, ::2]", x[.stride(by: -1), .stride(by: 2)]),
        ] {
          try comparison.expect("np.argmin(\(y.0))", scalar(y.1.argMin()))
          try comparison.expect("np.argmax(\(y.0))", scalar(y.1.argMax()))
          for axis in 0..<y.1.rank {
            try comparison.expect("np.argmin(\(y.0), axis=\(axis))", y.1.argMin(axis: axis))
            try comparison.expect(
              "np.argmax(\(y.0), axis=\(axis), keepdims=True)", y.1.argMax(axis: axis, keepDims: true))
          }
        }
        try comparison.expect("np.argmax(\(name)[:0], axis=1)", x[0..<0].argMax(axis: 1))
      }
      try comparison.check()
    }
    try check(type)
  }

  private func scalar(_ number: Int) throws -> SharedArray<Int> { try SharedArray([number], shape: []) }

  @Test func `NaN is ignored on request`() throws {
    let x = try SharedArray([.nan, 3, .nan, -1, 7, .nan], shape: [2, 3])
    #expect(x.argMin() == 0 && x.argMax() == 0)
    #expect(x.argMin(ignoringNaN: true) == 3 && x.argMax(ignoringNaN: true) == 4)
    #expect(try x.argMax(axis: 0, ignoringNaN: true).toArray() == [1, 1, 0])
    #expect(try x.argMin(axis: 1).toArray() == [0, 2])
    #expect(x[0, ..<1].argMin(ignoringNaN: true) == 0)
  }
}
