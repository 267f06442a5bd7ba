import SharedArraysCore
import SharedArraysLinearAlgebra
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct MatmulEdgeCaseTests {
  private static let layouts: [Layout] = [.contiguous, .columnMajor, .padded, .spread, .reversed]

  @Test(arguments: Layout.outputs)
  func `a product over no terms is beta times the output`(layout: Layout) throws {
    var generator = SeededGenerator(seed: 1)
    let c = try TestView<Double>(layout, rows: 3, columns: 2, using: &generator)
    let a = try SharedArray<Double>(shape: [3, 0])
    let b = try SharedArray<Double>(shape: [0, 2])
    let old = c.array.toArray()
    try matmul(a, b, into: c.array, beta: 1)
    #expect(c.array.toArray() == old)
    try matmul(a, b, into: c.array, beta: -2)
    #expect(c.array.toArray() == old.map { -2 * $0 })
    c.array[1, 1] = .nan
    try matmul(a, b, into: c.array)
    #expect(c.array.toArray() == [0, 0, 0, 0, 0, 0])
    c.array[1, 1] = .nan
    try matmul(a, b[.all, 0], into: c.array[.all, 1])
    #expect(c.array.toArray() == [0, 0, 0, 0, 0, 0])
    c.array.fill(1)
    try BLAS.syrk(b, into: c.array[0..<2, .all])
    #expect(c.array.toArray() == [0, 0, 0, 0, 1, 1])
    #expect(c.gapsAreUntouched)
  }

  @Test func `an output without elements is valid`() throws {
    let tall = try SharedArray<Float>(shape: [3, 0])
    let wide = try SharedArray<Float>(shape: [0, 3])
    let nothing = try SharedArray<Float>(shape: [0, 0])
    try matmul(wide, tall, into: nothing)
    try matmul(nothing, nothing, into: nothing, beta: 2)
    try matmul(wide, tall.copy().reshaped([0, 3]).transposed(), into: nothing)
    try matmul(wide, try SharedArray<Float>([1, 2, 3]), into: try SharedArray<Float>(shape: [0]))
    try BLAS.syrk(tall, into: nothing)
    try BLAS.syrk(nothing, into: nothing)
  }

  @Test func `a product of one element is correct`() throws {
    let a = try SharedArray<Double>([3], shape: [1, 1])
    let b = try SharedArray<Double>([4], shape: [1, 1])
    let c = try SharedArray<Double>([5], shape: [1, 1])
    try matmul(a, b, into: c, alpha: 2, beta: 10)
    #expect(c.scalar == 74)
    try matmul(a, b[0, .all], into: c[0, .all])
    #expect(c.scalar == 12)
    try BLAS.syrk(a, into: c, beta: 1)
    #expect(c.scalar == 21)
  }

  @Test(arguments: layouts, layouts)
  func `NaN in the output is ignored with beta 0 and kept otherwise`(input: Layout, output: Layout) throws {
    var generator = SeededGenerator(seed: 2)
    for (rows, inner, columns) in [(2, 3, 2), (40, 30, 50), (1, 70, 1)] {
      let a = try TestView<Double>(input, rows: rows, columns: inner, using: &generator).array
      let b = try TestView<Double>(input, rows: inner, columns: columns, using: &generator).array
      let c = try TestView<Double>(output, rows: rows, columns: columns, using: &generator).array
      for beta in [0.0, -0.0] {
        c.fill(.nan)
        try matmul(a, b, into: c, beta: beta)
        #expect(c.isAllFinite)
        c.fill(.nan)
        try matmul(a, b[.all, 0], into: c[.all, 0], beta: beta)
        #expect(c[.all, 0].isAllFinite)
      }
      c.fill(.nan)
      try matmul(a, b, into: c, beta: 1)
      #expect(c.isAllNaN)
      c.fill(.nan)
      try matmul(a, b[.all, 0], into: c[.all, 0], alpha: 0, beta: 1)
      #expect(c.isAllNaN)
      let square = try TestView<Double>(output, rows: inner, columns: inner, using: &generator).array
      square.fill(.nan)
      try BLAS.syrk(a, into: square)
      #expect(square.isAllFinite)
    }
  }

  @Test(arguments: Precision.allCases, layouts)
  func `NaN and infinity in an input reach the output past zeros`(precision: Precision, layout: Layout) throws
  {
    func check<Element: BLASElement>(_: Element.Type) throws {
      var generator = SeededGenerator(seed: 3)
      for (rows, inner, columns) in [(3, 4, 3), (33, 65, 34), (1, 100, 7), (7, 100, 1)] {
        for value in [Element.nan, .infinity] {
          let a = try TestView<Element>(layout, rows: rows, columns: inner, using: &generator).array
          let b = try TestView<Element>(layout, rows: inner, columns: columns, using: &generator).array
          let c = try SharedArray<Element>(shape: [rows, columns])
          a[rows / 2, inner / 2] = value
          b.fill(0)
          try matmul(a, b, into: c)
          #expect(
            (0..<rows).allSatisfy { i in (0..<columns).allSatisfy { c[i, $0].isNaN == (i == rows / 2) } })
          try matmul(a, b[.all, 0], into: c[.all, 0])
          #expect((0..<rows).allSatisfy { c[$0, 0].isNaN == ($0 == rows / 2) })
          try matmul(b.transposed(), a.transposed(), into: c.transposed())
          #expect(
            (0..<rows).allSatisfy { i in (0..<columns).allSatisfy { c[i, $0].isNaN == (i == rows / 2) } })
          a.fill(0)
          a[rows / 2, inner / 2] = value
          let square = try SharedArray<Element>(shape: [inner, inner])
          try BLAS.syrk(a, into: square)
          for i in 0..<inner {
            #expect(square[i, inner / 2].isNaN || i == inner / 2 && square[i, i] == .infinity)
          }
        }
      }
    }
    switch precision {
    case .single: try check(Float.self)
    case .double: try check(Double.self)
    }
  }

  @Test func `the inputs are not read with alpha 0`() throws {
    let a = try SharedArray<Double>(shape: [2, 2])
    a.fill(.nan)
    let c = try SharedArray<Double>([1, 2, 2, 3], shape: [2, 2])
    try matmul(a, a, into: c, alpha: 0, beta: 2)
    #expect(c.toArray() == [2, 4, 4, 6])
    try BLAS.syrk(a, into: c, alpha: 0, beta: 2)
    #expect(c.toArray() == [4, 8, 8, 12])
    try matmul(a, a, into: c, alpha: 0)
    #expect(c.toArray() == [0, 0, 0, 0])
  }

  @Test func `inputs may be the same array, and may be read-only`() throws {
    let a = try SharedArray<Double>([1, 2, 3, 4], shape: [2, 2])
    let c = try SharedArray<Double>(shape: [2, 2])
    try matmul(a, a, into: c)
    #expect(c.toArray() == [7, 10, 15, 22])
    try matmul(ReadOnlySharedArray(a), a.transposed(), into: c)
    #expect(c.toArray() == [5, 11, 11, 25])
  }

  @Test func `threads can multiply at the same time`() async throws {
    await withTaskGroup(of: Bool.self) { group in
      for seed in 0..<8 as Range<UInt64> {
        group.addTask {
          do {
            var generator = SeededGenerator(seed: seed)
            let a = try TestView<Double>(.contiguous, rows: 90, columns: 80, using: &generator).array
            let b = try TestView<Double>(.spread, rows: 80, columns: 70, using: &generator).array
            let c = try SharedArray<Double>(shape: [90, 70])
            for _ in 0..<20 { try matmul(a, b, into: c) }
            return firstError(of: c, PlainMatrix(a), PlainMatrix(b), old: PlainMatrix(c)) == nil
          } catch { return false }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }
}
