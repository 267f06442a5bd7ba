import ComplexModule
import SharedArraysCore
import TestSupport
import Testing

/// Compares differences, rolled elements, bounds and running extremes with NumPy.
@Suite struct NeighbourTests {
  private static let numbers: [any ArithmeticElement.Type] = [
    Int8.self, Int32.self, Int64.self, UInt8.self, UInt16.self, UInt64.self, Float16.self, Float.self,
    Double.self, Complex<Float>.self, Complex<Double>.self,
  ]

  @Test(.needsNumPy, arguments: numbers)
  func `differences and rolled elements are those of NumPy`(type: any ArithmeticElement.Type) throws {
    func check<Element: ArithmeticElement>(_ type: Element.Type) throws {
      let x = try SharedArray<Element>(variedElements(5 * 7 * 3), shape: [5, 7, 3])
      var comparison = NumPyComparison()
      try comparison.input("x", x)
      for axis in 0..<3 {
        try comparison.expect("np.diff(x, axis=\(axis))", x.differences(axis: axis))
        try comparison.expect(
          "np.diff(x.T[:, ::-2], axis=\(axis))", x.transposed()[.all, .stride(by: -2)].differences(axis: axis)
        )
        for shift in [0, 1, -1, 4, -9, 700] {
          try comparison.expect("np.roll(x, \(shift), axis=\(axis))", x.rolled(by: shift, axis: axis))
          try comparison.expect(
            "np.roll(x.T[::-1], \(shift), axis=\(axis))",
            x.transposed()[.stride(by: -1)].rolled(by: shift, axis: axis))
        }
      }
      try comparison.expect("np.diff(x.T.ravel())", x.transposed().differences())
      try comparison.expect("np.diff(x[0, :1, 0])", x[0, 0..<1, 0].differences())
      try comparison.expect("np.diff(x[:0], axis=0)", x[0..<0].differences(axis: 0))
      for shift in [0, 17, -2, 1000] {
        try comparison.expect("np.roll(x, \(shift))", x.rolled(by: shift))
        try comparison.expect(
          "np.roll(x[::2, ::-1], \(shift))", x[.stride(by: 2), .stride(by: -1)].rolled(by: shift))
      }
      try comparison.expect("np.roll(x[:0], 3, axis=0)", x[0..<0].rolled(by: 3, axis: 0))
      try comparison.expect("np.roll(x[:0], 3)", x[0..<0].rolled(by: 3))
      try comparison.check()
    }
    try check(type)
  }

  @Test func `a shift can be any Int`() throws {
    let x = try SharedArray([0, 1, 2])
    #expect(try x.rolled(by: .max).toArray() == [2, 0, 1])
    #expect(try x.rolled(by: .min).toArray() == [2, 0, 1])
  }

  @Test(.needsNumPy, arguments: SortingTests.types)
  func `running extremes are those of NumPy`(type: any OrderedElement.Type) throws {
    func check<Element: OrderedElement>(_ type: Element.Type) throws {
      let x = try SharedArray<Element>(variedElements(9 * 7 * 3), shape: [9, 7, 3])
      // Without NaN, which would hide all later elements.
      let y = try SharedArray<Element>(
        x.toArray().map { $0 == $0 ? $0 : variedElements(1, seed: 5)[0] }, shape: x.shape)
      var comparison = NumPyComparison()
      for (name, z) in [("x", x), ("y", y)] {
        try comparison.input(name, z)
        for axis in 0..<3 {
          try comparison.expect("np.maximum.accumulate(\(name), axis=\(axis))", z.cumulativeMax(axis: axis))
          try comparison.expect("np.minimum.accumulate(\(name), axis=\(axis))", z.cumulativeMin(axis: axis))
          try comparison.expect(
            "np.maximum.accumulate(\(name).T[:, ::-2], axis=\(axis))",
            z.transposed()[.all, .stride(by: -2)].cumulativeMax(axis: axis))
        }
        try comparison.expect("np.maximum.accumulate(\(name).ravel())", z.cumulativeMax())
        try comparison.expect(
          "np.minimum.accumulate(\(name)[::2, 1].ravel())", z[.stride(by: 2), 1].cumulativeMin())
        try comparison.expect("np.minimum.accumulate(\(name)[:0], axis=0)", z[0..<0].cumulativeMin(axis: 0))
      }
      try comparison.check()
    }
    try check(type)
  }

  typealias Bounded = ArithmeticElement & OrderedElement & Comparable

  private static let ordered: [any Bounded.Type] = [
    Int8.self, Int64.self, UInt8.self, UInt32.self, Float16.self, Float.self, Double.self,
  ]

  @Test(.needsNumPy, arguments: ordered)
  func `elements beyond the bounds become the bounds`(
    type: any Bounded.Type
  ) throws {
    func check<Element: Bounded>(_ type: Element.Type) throws {
      let x = try SharedArray<Element>(variedElements(200), shape: [10, 20])
      var comparison = NumPyComparison()
      try comparison.input("x", x)
      try comparison.expect("np.clip(x, 1, 3)", x.clipped(to: 1...3))
      try comparison.expect("np.clip(x.T, 2, 2)", x.transposed().clipped(to: 2...2))
      let y = try x.copy()
      y[.all, .stride(by: 2)].clip(to: 1...3)
      try comparison.expect("np.where(np.arange(20) % 2, x, np.clip(x, 1, 3))", y)
      try comparison.check()
    }
    try check(type)
  }
}
