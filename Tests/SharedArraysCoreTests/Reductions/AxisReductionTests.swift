import ComplexModule
import SharedArraysCore
import TestSupport
import Testing

/// Tests of reductions along axes: each result must equal the reduction of a whole array of the
/// same elements.
@Suite struct AxisReductionTests {
  /// Returns numbers over 40 powers of two and of both signs, whose sum has other bits if the order
  /// of additions changes.
  private func illConditioned(_ shape: Shape, seed: UInt64 = 5) throws -> SharedArray<Double> {
    var generator = SeededGenerator(seed: seed)
    let numbers = (0..<shape.reduce(1, *)).map { _ in
      Double.random(in: -1...1, using: &generator) * Double(1 << Int.random(in: 0..<40, using: &generator))
    }
    return try SharedArray(numbers, shape: shape)
  }

  @Test(
    arguments: [
      [1, 1], [5, 3], [3, 5], [127, 9], [128, 8], [129, 300], [1000, 4], [1000, 257], [7, 1000], [300, 300],
    ] as [Shape])
  func `the sums of columns and rows are those of the views, to the last bit`(shape: Shape) throws {
    let x = try illConditioned(shape)
    for y in [
      x, x.transposed(), x[.stride(by: -1)], x[.all, .stride(by: -1)],
      x.transposed()[.stride(by: -1), .stride(by: -1)],
    ] {
      let columns = try y.sum(axis: 0)
      let rows = try y.sum(axis: 1)
      let crossed = try y.transposed().sum(axis: 1)
      #expect(columns.shape == [y.shape[1]] && rows.shape == [y.shape[0]])
      for column in 0..<y.shape[1] {
        let sum = y[.all, column].sum().bitPattern
        #expect(columns[column].bitPattern == sum && crossed[column].bitPattern == sum)
      }
      for row in 0..<y.shape[0] { #expect(rows[row].bitPattern == y[row].sum().bitPattern) }
    }
  }

  /// All sets of axes of an array of rank 4.
  private static let axisSets: [AxisValues] = (0..<16).map { bits in
    AxisValues((0..<4).filter { bits >> $0 & 1 == 1 })
  }

  /// Returns the elements of `x` whose indices equal `index` in all axes except `axes`.
  private func lane<Array: StridedArray>(_ x: Array, _ axes: AxisValues, _ index: [Int]) -> Array {
    var storage = x.storage
    for axis in 0..<4 where !axes.contains(axis) {
      let view = Array(storage: storage).slice(index[axis]..<index[axis] + 1, axis: axis)
      storage = view.storage
    }
    return Array(storage: storage)
  }

  @Test(arguments: axisSets)
  func `every set of axes of rank 4 is reduced as its lanes are`(axes: AxisValues) throws {
    let whole = try illConditioned([6, 5, 9, 7])
    let views = [
      whole, whole.transposed(), whole.transposed([2, 0, 3, 1]),
      whole[.stride(by: 2), .all, .stride(by: -3), .stride(by: -1)],
    ]
    for x in views {
      let sums = try x.sum(axes: axes, keepDims: true)
      let products = try x.product(axes: axes, keepDims: true)
      let means = try x.mean(axes: axes, keepDims: true)
      let variances = try x.variance(axes: axes, keepDims: true, ddof: 1)
      let norms = try x.norm(axes: axes, keepDims: true)
      let smallest = try x.min(axes: axes, keepDims: true)
      let largest = try x.max(axes: axes, keepDims: true)
      #expect(try x.sum(axes: axes).toArray() == sums.toArray())
      #expect(try x.sum(axes: axes).rank == 4 - axes.count)
      for index in indices(of: sums.shape) {
        let part = lane(x, axes, index)
        #expect(sums.element(at: index).bitPattern == part.sum().bitPattern)
        #expect(products.element(at: index).bitPattern == part.product().bitPattern)
        #expect(means.element(at: index).bitPattern == part.mean().bitPattern)
        let variance = part.variance(ddof: 1)
        #expect(variances.element(at: index) == variance || variance.isNaN)
        #expect(norms.element(at: index).bitPattern == part.norm().bitPattern)
        #expect(smallest.element(at: index) == part.toArray().min())
        #expect(largest.element(at: index) == part.toArray().max())
      }
    }
  }

  @Test(arguments: elementTypes)
  func `every type of numbers is reduced along either axis`(type: NumberType) throws {
    try check(type)
  }

  private func check<Element: SharedArrayElement & Numeric>(_ type: Element.Type) throws {
    if let type = type as? any (OrderedElement & Numeric).Type { try checkOrdered(type) }
  }

  private func checkOrdered<Element: OrderedElement & Numeric>(_ type: Element.Type) throws {
    for shape in [[40, 30], [3, 300], [300, 2]] as [Shape] {
      let x = try SharedArray(sampleNumbers(shape[0] * shape[1], as: type), shape: shape)
      for y in [x, x.transposed(), x[.stride(by: -1)]] {
        let (sums, rowSums) = (try y.sum(axis: 0), try y.sum(axis: 1))
        let (means, rowMeans) = (try y.mean(axis: 0), try y.mean(axis: 1))
        let (smallest, largest) = (try y.min(axis: 0), try y.max(axis: 1))
        let norms = try y.norm(axis: 0)
        for column in 0..<y.shape[1] {
          #expect(sums[column] == y[.all, column].sum())
          #expect(means[column] == y[.all, column].mean())
          #expect(smallest[column] == y[.all, column].min())
          #expect(norms[column] == y[.all, column].norm())
        }
        for row in 0..<y.shape[0] {
          #expect(rowSums[row] == y[row].sum())
          #expect(rowMeans[row] == y[row].mean())
          #expect(largest[row] == y[row].max())
        }
      }
    }
  }

  @Test func `complex numbers are reduced part by part`() throws {
    let parts = try illConditioned([2, 50, 40])
    let x = try SharedArray<Complex<Double>>(shape: [50, 40])
    for (i, j) in indices(of: [50, 40]).map({ ($0[0], $0[1]) }) {
      x[i, j] = Complex(parts[0, i, j], parts[1, i, j])
    }
    let (sums, means) = (try x.sum(axis: 0), try x.mean(axis: 1))
    for column in 0..<40 {
      #expect(sums[column] == Complex(parts[0, .all, column].sum(), parts[1, .all, column].sum()))
      #expect(sums[column] == x[.all, column].sum())
    }
    for row in 0..<50 { #expect(means[row] == x[row].mean()) }
  }

  @Test func `empty arrays and arrays of rank 0 have results`() throws {
    let empty = try SharedArray<Double>(shape: [3, 0])
    #expect(try empty.sum(axis: 1).toArray() == [0, 0, 0])
    #expect(try empty.sum(axis: 0).shape == [0])
    #expect(try empty.product(axis: 1).toArray() == [1, 1, 1])
    #expect(try empty.mean(axis: 1).toArray().allSatisfy(\.isNaN))
    #expect(try empty.min(axis: 0).shape == [0])
    #expect(try empty.sum(axes: [0, 1]).shape == [])
    let scalar = try SharedArray([2.5], shape: [])
    #expect(try scalar.sum(axes: []).scalar == 2.5)
    #expect(scalar.max() == 2.5)
  }
}
