import ComplexModule
import SharedArraysCore
import TestSupport
import Testing

@Suite struct AccumulationTests {
  private static let types: [any ReducibleElement.Type] = [
    Bool.self, Int8.self, Int16.self, Int32.self, Int64.self, UInt8.self, UInt16.self, UInt32.self,
    UInt64.self,
    Float16.self, Float.self, Double.self, Complex<Float>.self, Complex<Double>.self,
  ]

  @Test(.needsNumPy, arguments: types)
  func `running sums and products are those of NumPy`(type: any ReducibleElement.Type) throws {
    func check<Element: ReducibleElement>(_ type: Element.Type) throws {
      let x = try SharedArray<Element>(
        Element.elementType.isComplex
          ? variedElements(5 * 7 * 3).filter { $0 == $0 }.repeated(to: 105) : variedElements(5 * 7 * 3),
        shape: [5, 7, 3])
      var comparison = NumPyComparison()
      try comparison.input("x", x)
      let ulps = Element.elementType.isComplex ? 8 : 0
      for axis in 0..<3 {
        try comparison.expect("np.cumsum(x, axis=\(axis))", x.cumulativeSum(axis: axis))
        try comparison.expect("np.cumprod(x, axis=\(axis))", x.cumulativeProduct(axis: axis), ulps: ulps)
        try comparison.expect(
          "np.cumsum(x.T[:, ::-2], axis=\(axis))",
          x.transposed()[.all, .stride(by: -2)].cumulativeSum(axis: axis))
      }
      try comparison.expect("np.cumsum(x)", x.cumulativeSum())
      try comparison.expect("np.cumprod(x[::2, 1])", x[.stride(by: 2), 1].cumulativeProduct(), ulps: ulps)
      try comparison.expect("np.cumsum(x[:0])", x[0..<0].cumulativeSum())
      try comparison.expect("np.cumsum(x[:, :0], axis=1)", x[.all, 0..<0].cumulativeSum(axis: 1))
      try comparison.expect("np.cumsum(x[0, 0, 0])", x[0, 0, 0..<1].reshaped([]).cumulativeSum())
      // NumPy 1.24 fuses multiplications of complex numbers with additions on processors with
      // AVX-512. Where the parts of a product nearly cancel, that changes dozens of units in the
      // last place.
      try comparison.check(
        recordedAs: Element.elementType.isComplex ? "cumulative-\(Element.elementType.name)" : nil)
    }
    try check(type)
  }

  private static let numbers: [any ArithmeticElement.Type] = [
    Int8.self, Int16.self, Int32.self, Int64.self, UInt8.self, UInt16.self, UInt32.self, UInt64.self,
  ]

  @Test(.needsNumPy, arguments: numbers)
  func `dot products of integers wrap as NumPy's do`(type: any ArithmeticElement.Type) throws {
    func check<Element: ArithmeticElement>(_ type: Element.Type) throws {
      let x = try SharedArray<Element>(variedElements(1000))
      let y = try SharedArray<Element>(variedElements(1000, seed: 2))
      var comparison = NumPyComparison()
      try comparison.input("x", x)
      try comparison.input("y", y)
      try comparison.expect("np.dot(x, y)", SharedArray([x.dot(y)], shape: []))
      try comparison.expect(
        "np.dot(x[::-3], y[:334])", SharedArray([x[.stride(by: -3)].dot(y[..<334])], shape: []))
      try comparison.expect("np.dot(x[:0], y[:0])", SharedArray([x[0..<0].dot(y[0..<0])], shape: []))
      try comparison.check()
    }
    try check(type)
  }

  @Test func `dot products of floating-point numbers are those of the rounded products, in every layout`()
    throws
  {
    var generator = SeededGenerator(seed: 4)
    let x = try SharedArray((0..<5000).map { _ in Double.random(in: -1...1, using: &generator) })
    let y = try SharedArray((0..<5000).map { _ in Double.random(in: -1...1, using: &generator) })
    #expect(try x.dot(y) == (x * y).sum())
    #expect(x[.stride(by: -1)].dot(y[.stride(by: -1)]) == x.dot(y))
    #expect(try x[.stride(by: 3)].dot(y[.stride(by: 3)]) == (x[.stride(by: 3)] * y[.stride(by: 3)]).sum())
    #expect(try x[0..<1].broadcast(to: [5000]).dot(y) == (y * x[0]).sum())
    let (a, b) = try (x.map { Float($0) }, y.map { Float($0) })
    #expect(try a.dot(b) == (a * b).sum())
    let (p, q) = try (x.map { Float16($0) }, y.map { Float16($0) })
    #expect(try p.dot(q) == Float16((p.map { Float($0) } * q.map { Float($0) }).sum()))
    let z = try x.map(with: y) { Complex($0, $1) }
    let squares = z.dot(z)
    #expect(try abs(squares.real - ((x * x).sum() - (y * y).sum())) < 1e-9)
    #expect(try abs(squares.imaginary - 2 * (x * y).sum()) < 1e-9)
    #expect(x[0..<0].dot(y[0..<0]) == 0)
    #expect(try SharedArray([Double.infinity, 1]).dot(SharedArray([0, 1])).isNaN)
  }
}

extension Array {
  /// Returns the elements repeated cyclically, `count` in total.
  fileprivate func repeated(to count: Int) -> [Element] { (0..<count).map { self[$0 % self.count] } }
}
