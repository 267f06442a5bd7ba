import ComplexModule
import SharedArraysCore
import TestSupport
import Testing

@Suite struct FunctionTests {
  private static let floatingPoint: [any FloatingPointNumber.Type] = [
    Float16.self, Float.self, Double.self,
  ]

  private func functions<Element: FloatingPointNumber>()
    -> [(String, UnaryFunction<Element>)]
  {
    [
      ("np.sqrt", .squareRoot), ("np.cbrt", .cubeRoot), ("np.floor", .floor), ("np.ceil", .ceiling),
      ("np.trunc", .truncated), ("np.rint", .rounded), ("np.exp", .exp), ("np.exp2", .exp2),
      ("(lambda x: 10.0 ** x.astype(np.float64))", .exp10), ("np.expm1", .expMinusOne), ("np.log", .log),
      ("np.log2", .log2), ("np.log10", .log10), ("np.log1p", .logOnePlus), ("np.sin", .sin), ("np.cos", .cos),
      ("np.tan", .tan), ("np.arcsin", .asin), ("np.arccos", .acos), ("np.arctan", .atan), ("np.sinh", .sinh),
      ("np.cosh", .cosh), ("np.tanh", .tanh), ("np.arcsinh", .asinh), ("np.arccosh", .acosh),
      ("np.arctanh", .atanh), ("(lambda x: np.vectorize(math.erf, otypes=[float])(x))", .erf),
      ("(lambda x: np.vectorize(math.erfc, otypes=[float])(x))", .erfc),
    ]
  }

  /// Returns an expression for the nearly exact value. NumPy's own `Float` functions have errors of
  /// some ulps, too.
  private func exact(_ call: String, _ operand: String) -> String {
    "\(call.replacing("math.", with: "__import__('math').")) (\(operand).astype(np.float64)).astype(x.dtype)"
  }

  /// Returns the elements as texts, since NaN is not equal to itself.
  private func texts<Element>(_ array: SharedArray<Element>) -> [String] {
    array.toArray().map { "\($0)" }
  }

  @Test(.needsNumPy, arguments: floatingPoint)
  func `functions of one number are right to 4 ulp in every layout`(
    type: any FloatingPointNumber.Type
  ) throws {
    func check<Element: FloatingPointNumber>(_ type: Element.Type) throws {
      let x = try SharedArray<Element>(variedElements(33 * 17), shape: [33, 17])
      var comparison = NumPyComparison()
      try comparison.input("x", x)
      for (call, function) in functions() as [(String, UnaryFunction<Element>)] {
        let ulps = Element.self == Double.self ? 5 : 4
        try comparison.expect(exact(call, "x"), x.map(function), ulps: ulps)
        try comparison.expect(
          exact(call, "x[::-1, 1::3]"), x[.stride(by: -1), stride(from: 1, to: 17, by: 3)].map(function),
          ulps: ulps)
        let y = try x.copy()
        y.transposed()[3..., .stride(by: 2)].update(function)
        let changed = try x.transposed()[3..., .stride(by: 2)].map(function)
        #expect(texts(y.transposed()[3..., .stride(by: 2)]) == texts(changed))
        #expect(texts(y[.all, 0..<3]) == texts(x[.all, 0..<3]))
      }
      try comparison.check()
    }
    try check(type)
  }

  @Test(.needsNumPy, arguments: floatingPoint)
  func `functions of two numbers are right to 4 ulp and broadcast`(
    type: any FloatingPointNumber.Type
  ) throws {
    func check<Element: FloatingPointNumber>(_ type: Element.Type) throws {
      let x = try SharedArray<Element>(variedElements(300 * 7), shape: [300, 7])
      let y = try SharedArray<Element>(variedElements(300 * 7, seed: 2), shape: [300, 7])
      var comparison = NumPyComparison()
      try comparison.input("x", x)
      try comparison.input("y", y)
      for (call, function) in [("np.power", .power), ("np.arctan2", .atan2), ("np.hypot", .hypot)]
        as [(String, BinaryFunction<Element>)]
      {
        func wide(_ a: String, _ b: String) -> String {
          "\(call)(\(a).astype(np.float64), \(b).astype(np.float64)).astype(x.dtype)"
        }
        try comparison.expect(wide("x", "y"), x.map(function, y), ulps: 5)
        try comparison.expect(wide("x", "y[::-1, :1]"), x.map(function, y[.stride(by: -1), 0..<1]), ulps: 5)
        try comparison.expect(wide("x", "np.array(2.5)"), x.map(function, 2.5), ulps: 5)
      }
      try comparison.check()
    }
    try check(type)
  }

  private static let ordered: [any OrderedNumber.Type] = [
    Int8.self, Int16.self, Int32.self, Int64.self, UInt8.self, UInt16.self, UInt32.self, UInt64.self,
    Float16.self, Float.self, Double.self,
  ]

  @Test(.needsNumPy, arguments: ordered)
  func `minima and maxima of pairs are those of NumPy`(type: any OrderedNumber.Type) throws {
    func check<Element: OrderedNumber>(_ type: Element.Type) throws {
      let x = try SharedArray<Element>(variedElements(50 * 7), shape: [50, 7])
      let y = try SharedArray<Element>(variedElements(50 * 7, seed: 2), shape: [50, 7])
      var comparison = NumPyComparison()
      try comparison.input("x", x)
      try comparison.input("y", y)
      try comparison.expect("np.minimum(x, y)", x.map(.minimum, y))
      try comparison.expect("np.maximum(x, y[3])", x.map(.maximum, y[3, .all]))
      try comparison.expect(
        "np.maximum(x.T[::2], y.T[::2])",
        x.transposed()[.stride(by: 2)].map(.maximum, y.transposed()[.stride(by: 2)]))
      try comparison.expect("np.minimum(x, np.array(3, x.dtype))", x.map(.minimum, 3))
      let z = try x.copy()
      try z.update(.maximum, y)
      z.update(.minimum, 3)
      try comparison.expect("np.minimum(np.maximum(x, y), np.array(3, x.dtype))", z)
      try comparison.check()
    }
    try check(type)
  }

  @Test(
    .needsNumPy,
    arguments: [Int8.self, Int16.self, Int32.self, Int64.self, Float16.self, Float.self, Double.self]
      as [any SignedNumber.Type])
  func `magnitudes are those of NumPy`(type: any SignedNumber.Type) throws {
    func check<Element: SignedNumber>(_ type: Element.Type) throws {
      let x = try SharedArray<Element>(variedElements(50 * 7), shape: [50, 7])
      var comparison = NumPyComparison()
      try comparison.input("x", x)
      try comparison.expect("np.abs(x)", x.map(.magnitude))
      try comparison.expect("np.abs(x.T[::-2])", x.transposed()[.stride(by: -2)].map(.magnitude))
      try comparison.expect("-x", -x)
      try comparison.check()
    }
    try check(type)
  }

  @Test(
    .needsNumPy,
    arguments: [
      Int8.self, Int16.self, Int32.self, Int64.self, UInt8.self, UInt16.self, UInt32.self, UInt64.self,
    ] as [any IntegerNumber.Type])
  func `remainders have the sign of the dividend, and a remainder by zero is zero`(
    type: any IntegerNumber.Type
  ) throws {
    func check<Element: IntegerNumber>(_ type: Element.Type) throws {
      let x = try SharedArray<Element>(variedElements(50 * 7), shape: [50, 7])
      let y = try SharedArray<Element>(variedElements(50 * 7, seed: 2), shape: [50, 7])
      var comparison = NumPyComparison()
      try comparison.input("x", x)
      try comparison.input("y", y)
      try comparison.expect("np.fmod(x, y)", x % y)
      try comparison.expect("np.fmod(x, np.array(3, x.dtype))", x % 3)
      let z = try x.copy()
      try z %= y[.all, 1..<2]
      z %= 5
      try comparison.expect("np.fmod(np.fmod(x, y[:, 1:2]), np.array(5, x.dtype))", z)
      try comparison.check()
    }
    try check(type)
  }

  @Test func `the opposite of zero is negative`() throws {
    #expect(try (-SharedArray([0.0, -0.0, 2])).toArray().map(\.description) == ["-0.0", "0.0", "-2.0"])
    #expect(try (-SharedArray([UInt8(1), 0])).toArray() == [255, 0])
    let opposite = try -SharedArray([Complex(1.0, -2)])
    #expect(opposite[0] == Complex(-1, 2))
  }

  @Test func `complex numbers have parts and magnitudes`() throws {
    let z = try SharedArray([Complex(3.0, 4), Complex(0, -1), Complex(5, 12)])
    #expect(z.realParts().toArray() == [3, 0, 5])
    #expect(z[.stride(by: -1)].imaginaryParts().toArray() == [12, -1, 4])
    #expect(try z.magnitudes().toArray() == [5, 1, 13])
    z.imaginaryParts()[1] = 7
    z.realParts().update { -$0 }
    #expect(z[1] == Complex(0, 7) && z[2] == Complex(-5, 12))
    #expect(ReadOnlySharedArray(z).realParts().strides == [2])
  }

  // MARK: - Closures

  @Test func `closures map arrays to arrays of any type`() throws {
    let x = try counted([4, 6])
    #expect(try x.map { Double($0) / 2 }.toArray() == (0..<24).map { Double($0) / 2 })
    #expect(try x.transposed()[.stride(by: -1)].map { $0 % 2 == 0 }.shape == [6, 4])
    #expect(try x[1..<1].map { $0 }.isEmpty)
    #expect(try x[2, 3].reshaped([]).map { $0 * 2 }.scalar == 30)
    let sums = try x.map(with: x[0]) { Float($0 + $1) }
    #expect(sums.shape == [4, 6] && sums[3, 5] == 28)
    #expect(try x[.all, 0..<1].map(with: x[0].map { Double($0) }) { Double($0) * $1 }[2, 5] == 60)
    #expect(x[.stride(by: 2)].count { $0 > 10 } == 6)
  }

  @Test func `closures update arrays in place from other arrays that may overlap`() throws {
    let x = try counted([24])
    try x[1...].update(with: x[..<23]) { $0 * 100 + $1 }
    #expect(x.toArray() == [0] + (1..<24).map { $0 * 100 + $0 - 1 })
    let m = try counted([3, 4])
    try m.update(with: m[1]) { $0 - $1 }
    #expect(m.toArray() == [-4, -4, -4, -4, 0, 0, 0, 0, 4, 4, 4, 4])
    m[.all, 1].update { $0 + 50 }
    #expect(m[.all, 1].toArray() == [46, 50, 54])
  }
}
