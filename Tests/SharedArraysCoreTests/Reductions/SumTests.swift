import SharedArraysCore
import TestSupport
import Testing

@Suite struct SumTests {
  // MARK: - Accuracy

  @Test(arguments: [0, 1, 7, 8, 9, 127, 128, 129, 255, 256, 1000, 1 << 14, 100_003], [1, 2, 3] as [UInt64])
  func `the error of a sum is within the bound for pairwise summation`(count: Int, seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    // Magnitudes over 40 powers of two and both signs, so that many terms cancel.
    let numbers = (0..<count).map { _ in
      Double.random(in: -1...1, using: &generator) * Double(1 << Int.random(in: 0..<40, using: &generator))
    }
    let x = try SharedArray(numbers)
    #expect(abs(x.sum() - exactSum(numbers)) <= errorBound(numbers), "seed \(seed)")
    let reals = try SharedArray(numbers.map(Float.init))
    let exact = exactSum(numbers.map { Double(Float($0)) })
    let bound = errorBound(numbers) * Double(Float.ulpOfOne) / Double.ulpOfOne
    #expect(abs(Double(reals.sum()) - exact) <= bound, "seed \(seed)")
  }

  @Test(arguments: [1, 2, 3, 5, 127, 128, 129, 255])
  func `short rows are added as exactly as long rows`(columns: Int) throws {
    // A single accumulator of this type stops increasing at 2048 ones. These rows are not
    // contiguous.
    let rows = 24_000 / columns
    let x = try SharedArray<Float16>(shape: [rows, columns + 1])
    x.fill(1)
    let view = x[.all, ..<columns]
    let exact = Float16(rows * columns)
    #expect(abs(view.sum() - exact) <= 2 * exact.ulp)
    #expect(abs(view.mean() - 1) <= 4 * Float16.ulpOfOne)
    #expect(abs(view.norm() - exact.squareRoot()) <= 2 * exact.squareRoot().ulp)
  }

  @Test(arguments: [0.1, 1.0 / 3, 1e300])
  func `equal numbers add up to a multiple`(number: Double) throws {
    for count in [10, 100, 1000, 100_000] {
      let x = try SharedArray(repeatElement(number, count: count))
      let exact = number * Double(count)
      #expect(abs(x.sum() - exact) <= 10 * exact.ulp)
      #expect(abs(x.mean() - number) <= 10 * number.ulp)
    }
  }

  @Test func `integers that a Double holds are added exactly`() throws {
    let x = try counted([1000, 1000], as: Double.self)
    #expect(x.sum() == 499_999_500_000)
    // 334 rows with the sum of 5..<900, and 895 times the sum of the first elements of the rows.
    #expect(x[.stride(by: 3), 5..<900].sum() == 334 * 404_540 + 895 * 3000 * 55_611)
  }

  // MARK: - Order

  @Test(arguments: [[1000], [37, 41], [128, 129], [5, 6, 7, 8], [2, 3, 2, 3, 2, 3, 2, 3]] as [Shape])
  func `an array, its transpose and its reversed views have the same sum to the last bit`(shape: Shape) throws
  {
    var generator = SeededGenerator(seed: 9)
    let count = shape.reduce(1, *)
    let x = try SharedArray(
      (0..<count).map { _ in Double.random(in: -1...1, using: &generator) }, shape: shape)
    let sum = x.sum().bitPattern
    #expect(x.transposed().sum().bitPattern == sum)
    #expect(x[.stride(by: -1)].sum().bitPattern == sum)
    #expect(x.transposed()[.stride(by: -1)].sum().bitPattern == sum)
    #expect(x.reshaped([-1]).sum().bitPattern == sum)
    #expect(x.reshaped([1, -1, 1]).transposed().sum().bitPattern == sum)
    #expect(try x.copy().sum().bitPattern == sum)
    #expect(ReadOnlySharedArray(x).sum().bitPattern == sum)
    #expect(x.norm().bitPattern == x.transposed()[.stride(by: -1)].norm().bitPattern)
    let rotated = AxisValues(Array(shape.indices.dropFirst()) + [0])
    #expect(x.transposed(rotated).sum().bitPattern == sum)
  }

  // MARK: - Special values

  @Test func `the sum of an empty array is 0 and its mean is NaN`() throws {
    for shape in [[0], [3, 0], [0, 3]] as [Shape] {
      let x = try SharedArray<Double>(shape: shape)
      #expect(x.sum() == 0)
      #expect(x.mean().isNaN)
      #expect(x.norm() == 0)
      #expect(try SharedArray<Int8>(shape: shape).sum() == 0)
      #expect(try SharedArray<UInt64>(shape: shape).sum() == 0)
      #expect(try SharedArray<Int>(shape: shape).mean().isNaN)
      #expect(try SharedArray<Int>(shape: shape).norm() == 0)
    }
  }

  @Test(arguments: [0, 1, 127, 128, 200, 999])
  func `one element that is NaN or infinite makes the sum NaN or infinite`(place: Int) throws {
    let x = try SharedArray(repeatElement(1.0, count: 1000))
    x[place] = .nan
    #expect(x.sum().isNaN)
    #expect(x.mean().isNaN)
    #expect(x.norm().isNaN)
    x[place] = .infinity
    #expect(x.sum() == .infinity)
    #expect(x.norm() == .infinity)
    x[999 - place] = -.infinity
    #expect(x.sum().isNaN)
    #expect(x.norm() == .infinity)
    x[place] = .nan
    #expect(x.norm().isNaN)
  }

  @Test func `a sum beyond the largest number is infinite`() throws {
    let x = try SharedArray(repeatElement(Double.greatestFiniteMagnitude, count: 2))
    #expect(x.sum() == .infinity)
    #expect(x.mean() == .infinity)
    #expect(try SharedArray(repeatElement(Float16(1000), count: 1000)).sum() == .infinity)
  }

  @Test func `a mean is right if its type cannot represent the number of elements`() throws {
    let x = try SharedArray(repeatElement(Float16(0.25), count: 100_000))
    #expect(abs(x.mean() - 0.25) <= Float16.ulpOfOne)
  }

  // MARK: - Integers

  @Test func `sums of integers wrap round`() throws {
    #expect(try SharedArray([Int.max, 1]).sum() == .min)
    #expect(try SharedArray([Int.min, -1]).sum() == .max)
    #expect(try SharedArray([UInt.max, 2]).sum() == 1)
    #expect(try SharedArray([UInt64.max, UInt64.max, 3]).sum() == 1)
    #expect(try SharedArray([Int64.max, .max, 2]).sum() == 0)
  }

  @Test func `sums of small integers are computed in 64 bits`() throws {
    #expect(try SharedArray([Int8.max, .max, .max]).sum() == 381)
    #expect(try SharedArray([Int8.min, .min]).sum() == -256)
    #expect(try SharedArray([UInt8](repeating: 255, count: 1000)).sum() == 255_000)
    #expect(try SharedArray([Int16.min, .min, 1]).sum() == -65_535)
    #expect(try SharedArray([UInt32.max, .max]).sum() == 8_589_934_590)
    #expect(try SharedArray([Int32.max, .max])[.stride(by: -1)].sum() == 4_294_967_294)
  }

  @Test func `the mean of integers is exact before it is rounded`() throws {
    #expect(try SharedArray([1, 2]).mean() == 1.5)
    #expect(try SharedArray([Int.max, Int.max]).mean() == Double(Int.max))
    #expect(try SharedArray([UInt.max, UInt.max, UInt.max]).mean() == Double(UInt.max))
    #expect(try SharedArray([Int.min, Int.max]).mean() == -0.5)
    #expect(try SharedArray([Int8.min, Int8.min]).mean() == -128)
    #expect(try counted([100, 3])[.all, 1].mean() == 149.5)
  }

  @Test func `the norm of integers does not wrap`() throws {
    #expect(try SharedArray([3, -4] as [Int8]).norm() == 5)
    #expect(try SharedArray([Int.min]).norm() == 0x1p63)
    #expect(try SharedArray([UInt32.max, 0]).norm() == Double(UInt32.max))
  }
}

/// Returns the sum, rounded once. The exact value is kept as a list of numbers that do not overlap
/// (Shewchuk 1997).
func exactSum(_ numbers: [Double]) -> Double {
  var parts: [Double] = []
  for number in numbers {
    var carried = number
    var kept: [Double] = []
    for part in parts {
      let (large, small) = abs(carried) < abs(part) ? (part, carried) : (carried, part)
      carried = large + small
      let error = small - (carried - large)
      if error != 0 { kept.append(error) }
    }
    parts = kept + [carried]
  }
  return parts.reduce(0, +)
}

/// Returns the error bound of pairwise summation: log2(n) * epsilon * sum(|x|).
func errorBound(_ numbers: [Double]) -> Double {
  var steps = 0.0
  while Double(1 << Int(steps)) < Double(numbers.count) { steps += 1 }
  return max(1, steps) * Double.ulpOfOne * exactSum(numbers.map(abs))
}
