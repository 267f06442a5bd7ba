import SharedArraysCore
import SharedArraysMemory
import TestSupport
import Testing

@Suite struct FillingTests {
  @Test func `an array is made from any collection`() throws {
    #expect(try SharedArray([3, 1, 2]).shape == [3])
    #expect(try SharedArray([3, 1, 2] as [Float]).toArray() == [3, 1, 2])
    #expect(try SharedArray(0..<6, shape: [2, 3]).toArray() == Array(0..<6))
    #expect(try SharedArray(Set([7]), shape: []).scalar == 7)
    #expect(try SharedArray((0..<4).lazy.map { Double($0) / 2 }, shape: [2, 2])[1, 1] == 1.5)
    #expect(try SharedArray([] as [UInt8]).shape == [0])
    #expect(try SharedArray([] as [UInt8], shape: [2, 0]).isEmpty)
    #expect(try SharedArray([1, 2, 3, 4][1...2]).toArray() == [2, 3])
  }

  @Test func `a new array is zero`() throws {
    #expect(try SharedArray<Double>(shape: [17, 300]).toArray().allSatisfy { $0.bitPattern == 0 })
    #expect(try SharedArray<UInt8>(shape: [1 << 22]).toArray().allSatisfy { $0 == 0 })
  }

  @Test func `fill writes the elements of a view and no others`() throws {
    let x = try SharedArray<Int8>(shape: [4, 5])
    x[1..<3, .stride(by: 2)].fill(7)
    #expect(x.toArray() == [0, 0, 0, 0, 0, 7, 0, 7, 0, 7, 7, 0, 7, 0, 7, 0, 0, 0, 0, 0])
    x[.all, 1..<3].fill(1)
    #expect(x[3].toArray() == [0, 1, 1, 0, 0])
    x.transposed()[4].fill(2)
    #expect(x[.all, 4].toArray() == [2, 2, 2, 2])
    x[.stride(by: -1), .stride(by: -1)].fill(3)
    #expect(x.toArray() == Array(repeating: 3, count: 20))
  }

  @Test func `update visits the elements in row-major order of the view`() throws {
    let x = try counted([3, 4])
    var seen: [Int] = []
    x.transposed()[.stride(by: -1)].update { value in
      seen.append(value)
      return value + 100
    }
    #expect(seen == [3, 7, 11, 2, 6, 10, 1, 5, 9, 0, 4, 8])
    #expect(x.toArray() == Array(100..<112))
  }

  @Test func `an error thrown by the transformation stops the update at that element`() throws {
    struct Stop: Error {}
    let x = try counted([6])
    #expect(throws: Stop.self) {
      try x.update { value in
        if value == 3 { throw Stop() }
        return -value
      }
    }
    #expect(x.toArray() == [0, -1, -2, 3, 4, 5])
  }

  @Test func `a copy has its own contiguous memory`() throws {
    let x = try counted([3, 4])
    let copy = try x.transposed()[.stride(by: -1)].copy()
    #expect(copy.isContiguous)
    #expect(copy.shape == [4, 3])
    #expect(copy.name == nil)
    #expect(copy.toArray() == [3, 7, 11, 2, 6, 10, 1, 5, 9, 0, 4, 8])
    copy.fill(0)
    #expect(x.toArray() == Array(0..<12))
    #expect(try ReadOnlySharedArray(x).copy().toArray() == Array(0..<12))
    #expect(try SharedArray<Int>(shape: []).copy().shape == [])
  }

  @Test func `an update takes the elements of any view of the same shape`() throws {
    let source = try counted([3, 4])
    let x = try SharedArray<Int>(shape: [4, 3])
    try x.update(from: source.transposed())
    #expect(x.toArray() == [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
    try x[1..<3, .stride(by: -1)].update(from: ReadOnlySharedArray(source[..<2, ..<3]))
    #expect(x.toArray() == [0, 4, 8, 2, 1, 0, 6, 5, 4, 3, 7, 11])
  }

  // MARK: - Overlap

  /// Copies between views of one array of 24 elements that have the same shape and overlap in
  /// various ways.
  @Test(arguments: 0..<12)
  func `a source that overlaps the destination counts as copied first`(kind: Int) throws {
    let x = try counted([24])
    let m = x.reshaped([4, 6])
    let pairs: [(SharedArray<Int>, SharedArray<Int>)] = [
      (x[1...], x[..<23]), (x[..<23], x[1...]), (x, x), (x, x[.stride(by: -1)]), (x[.stride(by: -1)], x),
      (x[..<12], x[.stride(by: 2)]), (x[.stride(by: 2)], x[12...]), (m[..<3], m[1...]),
      (m[1..., 1...], m[..<3, ..<5]),
      (m[..<4, ..<4], m[..<4, ..<4].transposed()), (m[.all, ..<5], m[.all, 1...]), (m[.stride(by: -1)], m),
    ]
    let (destination, source) = pairs[kind]
    let expected = source.toArray()
    let outside = Set(0..<24).subtracting(destination.toArray())
    let before = x.toArray()
    try destination.update(from: source)
    #expect(destination.toArray() == expected)
    #expect(outside.allSatisfy { x[$0] == before[$0] })
  }

  @Test func `an array attached twice overlaps itself`() throws {
    let name = try freeName()
    let x = try SharedArray<Int>.create(name, shape: [40])
    for i in 0..<40 { x[i] = i }
    let same = try SharedArray<Int>.attach(name)
    try same[1...].update(from: x[..<39])
    #expect(x.toArray() == [0] + Array(0..<39))
    try same.update(from: x[.stride(by: -1)])
    #expect(x.toArray() == Array((0..<39).reversed()) + [0])
    let readOnly = try SharedArray<Int>.attach(name, access: .readOnly)
    try x[..<39].update(from: readOnly[1...])
    #expect(x.toArray() == Array((0..<38).reversed()) + [0, 0])
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `random overlapping updates behave as if copied first`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for round in 0..<300 {
      let x = try counted([12, 12])
      let rows = Int.random(in: 0...6, using: &generator)
      let columns = Int.random(in: 0...6, using: &generator)
      let destination = corner(of: x, rows, columns, using: &generator)
      let source = corner(of: x, rows, columns, using: &generator)
      let expected = source.toArray()
      try destination.update(from: source)
      #expect(destination.toArray() == expected, "seed \(seed), round \(round)")
    }
  }

  /// Returns a view of that shape at a random position in a larger matrix, perhaps transposed.
  private func corner(
    of x: SharedArray<Int>, _ rows: Int, _ columns: Int, using generator: inout SeededGenerator
  ) -> SharedArray<Int> {
    let top = Int.random(in: 0...12 - rows, using: &generator)
    let left = Int.random(in: 0...12 - columns, using: &generator)
    let base = Bool.random(using: &generator) ? x : x.transposed()
    let view = base[top..<top + rows, left..<left + columns]
    let isTurned = Bool.random(using: &generator)
    return isTurned ? view[.stride(by: -1), .stride(by: Bool.random(using: &generator) ? 1 : -1)] : view
  }
}
