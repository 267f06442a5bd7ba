import ComplexModule
import SharedArraysCore
import SharedArraysMemory
import TestSupport
import Testing

@Suite struct EqualityTests {
  private static let types: [any SharedArrayElement.Type] = [
    Bool.self, Int8.self, UInt64.self, Float16.self, Double.self, Complex<Float>.self, Complex<Double>.self,
  ]

  // MARK: - Equality

  @Test(.needsNumPy, arguments: types)
  func `arrays are equal if NumPy says so`(type: any SharedArrayElement.Type) throws {
    func check<Element: SharedArrayElement>(_ type: Element.Type) throws {
      let x = try SharedArray<UInt8>(shape: [20, 30]) { UInt8(($0[0] * $0[1]) % 2) }.converted(to: type)
      let y = try x.copy()
      y[19, 29] = x[0, 0] == x[19, 29] ? x[1, 1] : x[0, 0]
      let one = try SharedArray([x[1, 1]], shape: [])
      let pairs: [(String, Bool)] = [
        ("x0, x0", x.elementsEqual(x)), ("x0, x1", x.elementsEqual(y)),
        ("x0[:19], x1[:19]", x[..<19].elementsEqual(y[..<19])),
        ("x0[::-1, ::-1], x1[::-1, ::-1]", x.flipped().elementsEqual(y.flipped())),
        ("x0.T, x0.T", x.transposed().elementsEqual(x.transposed())),
        ("x0.T, x1.T", x.transposed().elementsEqual(y.transposed())),
        ("x0.T[:20], x0[:, :20]", x.transposed()[..<20].elementsEqual(x[.all, ..<20])),
        ("x0[:, ::2], x1[:, ::2]", x[.all, .stride(by: 2)].elementsEqual(y[.all, .stride(by: 2)])),
        (
          "x0[:, 1::2], x1[:, 1::2]",
          x[.all, 1...][.all, .stride(by: 2)].elementsEqual(y[.all, 1...][.all, .stride(by: 2)])
        ),
        ("x0, x0.T", x.elementsEqual(x.transposed())),
        ("x0, x0.reshape(30, 20)", x.elementsEqual(x.reshaped([30, 20]))),
        ("x0[:0], x1[:0]", x[..<0].elementsEqual(y[..<0])),
        ("x0[:0], x1[:, :0]", x[..<0].elementsEqual(y[.all, ..<0])),
        ("x2, x2", one.elementsEqual(one)),
        ("x2, x0[1, 1]", one.elementsEqual(x[1, 1] as SharedArray)),
        ("x2, x0[0, 0]", one.elementsEqual(x[0, 0] as SharedArray)),
        ("x2, x0[1:2, 1]", one.elementsEqual(x[1..<2, 1])),
        ("x0, np.broadcast_to(x0[0], (20, 30))", x.elementsEqual(x[0].broadcast(to: x.shape))),
        ("x0, x0 ", ReadOnlySharedArray(x).elementsEqual(x)),
      ]
      #expect(pairs.contains { $0.1 } && pairs.contains { !$0.1 })
      let results = try pairs.map { pair, isEqual in
        ("np.array_equal(\(pair))", try SharedArray([isEqual], shape: []))
      }
      try NumPyComparison.check(results, of: [x, y, one])
    }
    try check(type)
  }

  @Test(arguments: [0, 1, 255, 256, 257, 511, 512, 999])
  func `a single difference is found wherever it is`(place: Int) throws {
    let x = try counted([1000], as: Int32.self)
    let y = try x.copy()
    y[place] = -1
    for stride in [1, -1] { #expect(!x[.stride(by: stride)].elementsEqual(y[.stride(by: stride)])) }
    y[place] = Int32(place)
    #expect(x.elementsEqual(y))
  }

  @Test func `NaN equals nothing and zeros equal each other`() throws {
    #expect(try !SharedArray([1, Double.nan]).elementsEqual(SharedArray([1, .nan])))
    let x = try SharedArray([Float16.nan])
    #expect(!x.elementsEqual(x))
    #expect(try SharedArray([0.0]).elementsEqual(SharedArray([-0.0])))
    #expect(try SharedArray([Float.infinity]).elementsEqual(SharedArray([.infinity])))
  }

  @Test func `complex numbers are equal if both parts are, infinite ones too`() throws {
    func areEqual<Part: ComplexPart>(_ a: Complex<Part>, _ b: Complex<Part>) throws -> Bool {
      try SharedArray([a]).elementsEqual(SharedArray([b]))
    }
    #expect(try areEqual(Complex(Double.infinity, 1), Complex(.infinity, 1)))
    #expect(try !areEqual(Complex(Double.infinity, 1), Complex(.infinity, 2)))
    #expect(try !areEqual(Complex(Double.nan, 1), Complex(.nan, 1)))
    #expect(try !areEqual(Complex(Float.infinity, 0), Complex(-.infinity, 0)))
    #expect(try areEqual(Complex(Float(0), -0.0), Complex(-0.0, 0)))
  }

  // MARK: - Closeness

  private static let inexactTypes: [any InexactElement.Type] = [
    Float16.self, Float.self, Double.self, Complex<Float>.self, Complex<Double>.self,
  ]

  /// Numbers that are equal, close, far and not finite.
  private static let reals = [
    0, -0.0, 1e-9, 5e-9, -2e-8, 1e-5, 1, 1.000002, 1.00002, 0.998, 1.03, -1, 3e4, 3.0001e4, 6e4, .infinity,
    -.infinity,
    .nan,
  ]

  private static func numbers<Element: InexactElement>(as type: Element.Type) throws -> SharedArray<Element> {
    let reals = try SharedArray(reals)
    let parts = try SharedArray([0, 1, 1.00002, -3e4, .infinity, -.infinity, .nan])
    if type.elementType.isComplex {
      let complex = try SharedArray(shape: [7, 7]) { Complex(parts[$0[0]], parts[$0[1]]) }
      return try complex.reshaped([-1]).converted(to: type, .truncating)
    }
    return try reals.converted(to: type, .truncating)
  }

  @Test(.needsNumPy, arguments: inexactTypes)
  func `pairs of numbers are close exactly if NumPy says so`(type: any InexactElement.Type) throws {
    func check<Element: InexactElement>(_ type: Element.Type) throws {
      let x = try Self.numbers(as: type)
      let rows = x.newAxis(at: 1)
      let z = x[5...].flipped()
      let one = x[4..<5]
      let results: [(String, any StridedArray)] = [
        ("np.isclose(x0[:, None], x0)", try rows.isClose(x)),
        ("np.isclose(x0[:, None], x0, equal_nan=True)", try rows.isClose(x, equalNaN: true)),
        (
          "np.isclose(x0[:, None], x0, 0.03, 0)",
          try rows.isClose(x, relativeTolerance: 0.03, absoluteTolerance: 0)
        ),
        (
          "np.isclose(x0[:, None], x0, 0, 2e-8)",
          try rows.isClose(x, relativeTolerance: 0, absoluteTolerance: 2e-8)
        ),
        ("np.isclose(x0[:, None], x0, atol=1.5)", try rows.isClose(x, absoluteTolerance: 1.5)),
        ("np.isclose(x0, x0[5:][::-1][:, None])", try x.isClose(z.newAxis(at: 1))),
        ("np.isclose(x0, x0[4])", try x.isClose(x[4])),
        ("np.isclose(x0, x0[4:5], 0.1)", try x.isClose(one, relativeTolerance: 0.1)),
        ("np.isclose(x0, x0[4], 0.1)", try x.isClose(x[4], relativeTolerance: 0.1)),
        ("np.isclose(x0[:0], x0[:0])", try x[..<0].isClose(x[..<0])),
        ("np.isclose(x0[2], x0[3])", try x[2..<3].reshaped([]).isClose(x[3..<4].reshaped([]))),
      ]
      // In NumPy 1, a complex number with an infinite part is not close to itself.
      try NumPyComparison.check(
        results, of: [x],
        recordedAs: Element.elementType.isComplex ? "isclose-\(Element.elementType.name)" : nil)
    }
    try check(type)
  }

  @Test(arguments: inexactTypes)
  func `all elements are close exactly if each pair is close`(type: any InexactElement.Type) throws {
    func check<Element: InexactElement>(_ type: Element.Type) throws {
      let x = try Self.numbers(as: type)
      for equalNaN in [false, true] {
        for row in x.subarrays() {
          for other in x.subarrays() {
            let expected = try row.isClose(other, equalNaN: equalNaN).scalar
            #expect(row.allClose(other, equalNaN: equalNaN) == expected)
            #expect(row.allClose(other.scalar, equalNaN: equalNaN) == expected)
            let many = row.broadcast(to: [3, 1000])
            #expect(many.allClose(other, equalNaN: equalNaN) == expected)
            #expect(
              other.allClose(many, equalNaN: equalNaN) == (try other.isClose(row, equalNaN: equalNaN).scalar))
          }
        }
      }
    }
    try check(type)
  }

  @Test func `one element that is not close makes allClose false`() throws {
    let x = try SharedArray(shape: [40, 50]) { Double($0[0] + $0[1]) }
    let y = try x * (1 + 1e-7)
    #expect(x.allClose(y) && x.transposed().allClose(y.transposed()))
    #expect(!x.allClose(y, relativeTolerance: 1e-8, absoluteTolerance: 0))
    y[39, 49] += 1
    #expect(!x.allClose(y) && !x.transposed().allClose(y.transposed()) && x[..<39].allClose(y[..<39]))
    #expect(try SharedArray(repeating: 0.1 + 0.2, shape: [3, 3]).allClose(0.3))
    #expect(try SharedArray<Float>(shape: [0, 4]).allClose(7))
    #expect(try ReadOnlySharedArray(SharedArray([1, Complex<Double>.i])).allClose(SharedArray([1, .i])))
  }
}
