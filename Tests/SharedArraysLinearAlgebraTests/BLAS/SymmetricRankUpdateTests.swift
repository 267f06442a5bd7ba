import SharedArraysCore
import SharedArraysLinearAlgebra
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct SymmetricRankUpdateTests {
  @Test(arguments: Precision.allCases, Layout.allCases)
  func `both triangles are correct for every combination of layouts`(precision: Precision, layout: Layout)
    throws
  {
    switch precision {
    case .single: try check(layout, Float.self)
    case .double: try check(layout, Double.self)
    }
  }

  private func check<Element: BLASElement>(_ layout: Layout, _: Element.Type) throws {
    var generator = SeededGenerator(seed: 5)
    for (rows, columns) in [(1, 1), (7, 5), (5, 7), (21, 67)] {
      for output in Layout.outputs where columns < 10 || output == .contiguous || output == .spread {
        for (alpha, beta) in [(1, 0), (-2, 0.5)] as [(Element, Element)] {
          let a = try TestView<Element>(layout, rows: rows, columns: columns, using: &generator).array
          let c = try TestView<Element>(output, rows: columns, columns: columns, using: &generator)
          for i in 0..<columns { for j in 0..<i { c.array[i, j] = c.array[j, i] } }
          let old = PlainMatrix(c.array)
          try BLAS.syrk(a, into: c.array, alpha: alpha, beta: beta)
          let (left, right) = (PlainMatrix(a.transposed()), PlainMatrix(a))
          let error = firstError(of: c.array, left, right, alpha: alpha, beta: beta, old: old)
          #expect(error == nil, "\(rows) x \(columns) into \(output)")
          #expect(c.array.toArray() == c.array.transposed().toArray())
          #expect(c.gapsAreUntouched)
        }
      }
    }
  }

  @Test func `only the upper triangle of the output is read`() throws {
    let a = try SharedArray<Double>([1, 2], shape: [1, 2])
    for c in [try SharedArray<Double>(shape: [2, 2]), try SharedArray<Double>(shape: [2, 2]).transposed()] {
      (c[0, 0], c[0, 1], c[1, 0], c[1, 1]) = (1, 10, .nan, 100)
      try BLAS.syrk(a, into: c, beta: 1)
      #expect(c.toArray() == [2, 12, 12, 104])
      (c[0, 1], c[1, 0]) = (5, .nan)
      try BLAS.syrk(a[0..<0, .all], into: c, beta: 2)
      #expect(c.toArray() == [4, 10, 10, 208])
    }
  }
}
