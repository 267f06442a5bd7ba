import ComplexModule
import SharedArraysCore
import SharedArraysMemory
import TestSupport
import Testing

@Suite struct ComparisonTests {
  private static let ordered: [any OrderedNumber.Type] = [
    Int8.self, Int16.self, Int32.self, Int64.self, UInt8.self, UInt16.self, UInt32.self, UInt64.self,
    Float16.self, Float.self, Double.self,
  ]
  private static let others: [any SharedArrayElement.Type] = [
    Bool.self, Complex<Float>.self, Complex<Double>.self,
  ]

  @Test(.needsNumPy, arguments: ordered + others)
  func `equality is that of NumPy`(type: any SharedArrayElement.Type) throws {
    func check<Element: SharedArrayElement>(_ type: Element.Type) throws {
      let x = try SharedArray<Element>(variedElements(50 * 7), shape: [50, 7])
      let y = try SharedArray<Element>(variedElements(50 * 7, seed: 2), shape: [50, 7])
      var comparison = NumPyComparison()
      try comparison.input("x", x)
      try comparison.input("y", y)
      try comparison.expect("x == y", x .== y)
      try comparison.expect("x != y[2]", x .!= y[2, .all])
      try comparison.expect(
        "x[::-1, ::2] == y[:, ::2]", x[.stride(by: -1), .stride(by: 2)] .== y[.all, .stride(by: 2)])
      try comparison.expect("x == x[4, 3]", x .== x[4, 3])
      try comparison.expect("x.T != x[4, 3]", x.transposed() .!= x[4, 3])
      try comparison.check()
    }
    try check(type)
  }

  @Test(.needsNumPy, arguments: ordered)
  func `order is that of NumPy`(type: any OrderedNumber.Type) throws {
    func check<Element: OrderedNumber>(_ type: Element.Type) throws {
      let x = try SharedArray<Element>(variedElements(50 * 7), shape: [50, 7])
      let y = try SharedArray<Element>(variedElements(50 * 7, seed: 2), shape: [50, 7])
      let number = x[4, 3]
      var comparison = NumPyComparison()
      try comparison.input("x", x)
      try comparison.input("y", y)
      try comparison.expect("x < y", x .< y)
      try comparison.expect("x <= y[1]", x .<= y[1, .all])
      try comparison.expect("x[:, ::3] > y[:, :3]", x[.all, .stride(by: 3)] .> y[.all, ..<3])
      try comparison.expect("x >= y[:, 3:4]", x .>= y[.all, 3..<4])
      for (result, expression) in [
        (try x .< number, "x < x[4, 3]"), (try x .<= number, "x <= x[4, 3]"),
        (try x .> number, "x > x[4, 3]"),
        (try x .>= number, "x >= x[4, 3]"), (try number .< x, "x[4, 3] < x"),
        (try number .<= x, "x[4, 3] <= x"),
        (try number .> x, "x[4, 3] > x"), (try number .>= x, "x[4, 3] >= x"),
      ] { try comparison.expect(expression, result) }
      try comparison.check()
    }
    try check(type)
  }

  // MARK: - Masks

  @Test(.needsNumPy)
  func `masks are combined and reduced as in NumPy`() throws {
    let a = try SharedArray<Bool>(variedElements(6 * 40), shape: [6, 40])
    let b = try SharedArray<Bool>(variedElements(6 * 40, seed: 2), shape: [6, 40])
    a[2].fill(true)
    a[4].fill(false)
    var comparison = NumPyComparison()
    try comparison.input("a", a)
    try comparison.input("b", b)
    try comparison.expect("a & b", a .& b)
    try comparison.expect("a | b[0]", a .| b[0, .all])
    try comparison.expect("a.T ^ b.T", a.transposed() .^ b.transposed())
    try comparison.expect("~a[:, ::-2]", .!a[.all, .stride(by: -2)])
    for axis in 0...1 {
      try comparison.expect("a.any(axis=\(axis))", a.any(axis: axis))
      try comparison.expect("a.all(axis=\(axis), keepdims=True)", a.all(axis: axis, keepDims: true))
      try comparison.expect("a.sum(axis=\(axis))", a.sum(axis: axis))
    }
    try comparison.expect("a[:, :0].all(axis=1)", a[.all, 0..<0].all(axis: 1))
    try comparison.expect("a[:, :0].any(axis=1)", a[.all, 0..<0].any(axis: 1))
    try comparison.expect("a[:, :0].any(axis=0)", a[.all, 0..<0].any(axis: 0))
    try comparison.expect("a.any(axis=(0, 1))", a.any(axes: [0, 1]))
    try comparison.check()
  }

  @Test(arguments: [0, 1, 4095, 4096, 4097, 20_000])
  func `any and all look at every element`(count: Int) throws {
    let mask = try SharedArray<Bool>(shape: [count])
    #expect(!mask.any())
    #expect(mask.all() == (count == 0))
    for place in [0, count / 2, count - 1] where count > 0 {
      mask[place] = true
      #expect(mask.any() && mask[.stride(by: -1)].any())
      #expect(mask.all() == (count == 1))
      mask.fill(true)
      mask[place] = false
      #expect(!mask.all() && !mask[.stride(by: -1)].all())
      mask.fill(false)
    }
  }

  @Test func `any byte but 0 is true`() throws {
    let bytes = try SharedArray<UInt8>.create(.generated, shape: [4])
    try bytes.update(from: SharedArray([0, 1, 7, 255]))
    let block = try SharedBlock.create(freeName(), byteCount: 4)
    defer { withExtendedLifetime(block) {} }
    let mask = try SharedArray<Bool>(on: block, shape: [4])
    let raw = try SharedArray<UInt8>(on: block, shape: [4])
    try raw.update(from: bytes)
    #expect(mask.toArray() == [false, true, true, true])
    #expect(try (mask .== true).toArray() == [false, true, true, true])
    #expect(try (mask .& mask).toArray() == [false, true, true, true])
    #expect(try (.!mask).map { $0 ? UInt8(1) : 0 }.toArray() == [1, 0, 0, 0])
    #expect(mask.any() && !mask.all() && mask[1...].all())
    #expect(mask.count { $0 } == 3)
    let reduced = try mask.reshaped([2, 2]).any(axis: 0)
    #expect(try SharedArray([0, 9, 0, 9]).take(where: mask).toArray() == [9, 0, 9])
    #expect(reduced.toArray() == [true, true])
  }
}
