import SharedArraysCore
import SharedArraysLinearAlgebra
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct MatmulTests {
  @Test(arguments: Precision.allCases, Layout.allCases)
  func `a product is correct for every combination of layouts`(precision: Precision, left: Layout) throws {
    switch precision {
    case .single: try checkAll(left, Float.self)
    case .double: try checkAll(left, Double.self)
    }
  }

  private func checkAll<Element: BLASElement>(_ left: Layout, _: Element.Type) throws {
    var generator = SeededGenerator(seed: 7)
    for right in Layout.allCases {
      for output in Layout.outputs {
        for (alpha, beta) in [(1, 0), (-0.5, 2)] as [(Element, Element)] {
          try check(
            ProductCase(rows: 5, inner: 4, columns: 3, left, right, output, alpha, beta), using: &generator)
        }
      }
      for output in [1, 2, -1, -3] {
        for input in [1, 2, -1, -3, 0] {
          try checkVector(left, rows: 6, columns: 5, input, output, alpha: 2, beta: -1, using: &generator)
        }
      }
    }
  }

  @Test func `a product without an output is a new array`() throws {
    let a = try SharedArray<Double>([[1, 2, 3], [4, 5, 6]])
    let product = try matmul(a, a.transposed())
    #expect(product.shape == [2, 2] && product.toArray() == [14, 32, 32, 77])
    let vector = try matmul(a.transposed(), a[.all, 1])
    #expect(vector.shape == [3] && vector.toArray() == [22, 29, 36])
    #expect(try matmul(a[0..<0], a.transposed()).shape == [0, 2])
    #expect(try matmul(a[.all, 0..<0], a[0..<0]).toArray() == [0, 0, 0, 0, 0, 0])
  }

  /// Sizes up to 40 and some up to 130, where OpenBLAS takes other kernels and threads.
  @Test(arguments: Precision.allCases)
  func `random products of random views are correct`(precision: Precision) throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    for index in 0..<2000 {
      var generator = SeededGenerator(seed: seed &+ UInt64(index))
      switch precision {
      case .single: try checkRandom(Float.self, "seed \(seed), case \(index)", using: &generator)
      case .double: try checkRandom(Double.self, "seed \(seed), case \(index)", using: &generator)
      }
    }
  }

  private func checkRandom<Element: BLASElement>(
    _: Element.Type, _ name: String, using generator: inout SeededGenerator
  ) throws {
    let largest =
      Int.random(in: 0..<50, using: &generator) == 0 ? 130 : Int.random(in: 1...40, using: &generator)
    let factors: [Element] = [0, 1, -1, 0.5, 3]
    func extent(_ generator: inout SeededGenerator) -> Int { .random(in: 0...largest, using: &generator) }
    let product = ProductCase(
      rows: extent(&generator), inner: extent(&generator), columns: extent(&generator),
      Layout.allCases.randomElement(using: &generator)!, Layout.allCases.randomElement(using: &generator)!,
      Layout.outputs.randomElement(using: &generator)!, factors.randomElement(using: &generator)!,
      factors.randomElement(using: &generator)!)
    if Bool.random(using: &generator) {
      try check(product, name, using: &generator)
    } else {
      try checkVector(
        product.left, rows: product.rows, columns: product.inner,
        [1, 2, -1, -3, 0].randomElement(using: &generator)!,
        [1, 2, -1, -3].randomElement(using: &generator)!, alpha: product.alpha, beta: product.beta, name,
        using: &generator)
    }
  }

  private func check<Element: BLASElement>(
    _ product: ProductCase<Element>, _ name: String = "", using generator: inout SeededGenerator
  ) throws {
    let a = try TestView<Element>(product.left, rows: product.rows, columns: product.inner, using: &generator)
    let b = try TestView<Element>(
      product.right, rows: product.inner, columns: product.columns, using: &generator)
    let c = try TestView<Element>(
      product.output, rows: product.rows, columns: product.columns, using: &generator)
    if product.beta == 0 { c.array.fill(.nan) }
    let old = PlainMatrix(c.array)
    try matmul(a.array, b.array, into: c.array, alpha: product.alpha, beta: product.beta)
    let error = firstError(
      of: c.array, PlainMatrix(a.array), PlainMatrix(b.array), alpha: product.alpha, beta: product.beta,
      old: old)
    #expect(error == nil, "\(product) \(name)")
    #expect(c.gapsAreUntouched, "\(product) \(name)")
  }

  private func checkVector<Element: BLASElement>(
    _ layout: Layout, rows: Int, columns: Int, _ inputStride: Int, _ outputStride: Int, alpha: Element,
    beta: Element, _ name: String = "", using generator: inout SeededGenerator
  ) throws {
    let a = try TestView<Element>(layout, rows: rows, columns: columns, using: &generator)
    let x = try TestView<Element>(shape: [columns], strides: [inputStride], using: &generator)
    let y = try TestView<Element>(shape: [rows], strides: [outputStride], using: &generator)
    if beta == 0 { y.array.fill(.nan) }
    let old = PlainMatrix(y.array)
    try matmul(a.array, x.array, into: y.array, alpha: alpha, beta: beta)
    let error = firstError(
      of: y.array, PlainMatrix(a.array), PlainMatrix(x.array), alpha: alpha, beta: beta, old: old)
    let text =
      "\(layout) \(rows) x \(columns), strides \(inputStride), \(outputStride), \(alpha), \(beta) \(name)"
    #expect(error == nil, "\(text)")
    #expect(y.gapsAreUntouched, "\(text)")
  }
}

/// A product of two matrices.
struct ProductCase<Element: BLASElement> {
  let rows, inner, columns: Int
  let left, right, output: Layout
  let alpha, beta: Element

  init(
    rows: Int, inner: Int, columns: Int, _ left: Layout, _ right: Layout, _ output: Layout, _ alpha: Element,
    _ beta: Element
  ) {
    (self.rows, self.inner, self.columns) = (rows, inner, columns)
    (self.left, self.right, self.output) = (left, right, output)
    (self.alpha, self.beta) = (alpha, beta)
  }
}
