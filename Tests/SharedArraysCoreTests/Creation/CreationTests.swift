import ComplexModule
import SharedArraysCore
import SharedArraysMemory
import TestSupport
import Testing

@Suite struct CreationTests {
  private static let types: [any SharedArrayElement.Type] =
    elementTypes + [Bool.self, Complex<Float>.self, Complex<Double>.self]

  @Test(arguments: types)
  func `every element of a repetition has the given value`(type: any SharedArrayElement.Type) throws {
    func check<Element: SharedArrayElement>(_ type: Element.Type) throws {
      let element = try #require(try SharedArray<UInt8>([1], shape: []).converted(to: type).toArray().first)
      for shape in shapesOfEveryRank + [[0], [3, 0], [300, 700]] {
        let x = try SharedArray(repeating: element, shape: shape)
        #expect(x.shape == shape && x.isContiguous && x.name == nil)
        #expect(x.toArray() == Array(repeating: element, count: shape.reduce(1, *)))
      }
    }
    try check(type)
  }

  // MARK: - From indices

  @Test(arguments: shapesOfEveryRank + [[0], [2, 0, 3], [0, 0]] as [Shape])
  func `a closure is called once for each index, in row-major order`(shape: Shape) throws {
    var seen: [[Int]] = []
    let x = try SharedArray<Int32>(shape: shape) { index in
      seen.append(Array(index))
      return Int32(seen.count)
    }
    #expect(seen == indices(of: shape))
    #expect(x.shape == shape)
    #expect(x.toArray() == (0..<x.count).map { Int32($0 + 1) })
  }

  @Test func `elements of several types come from a closure`() throws {
    #expect(try SharedArray(shape: [2, 2]) { $0[0] == $0[1] }.toArray() == [true, false, false, true])
    #expect(try SharedArray<Float16>(shape: [3]) { _ in 0.5 }.toArray() == [0.5, 0.5, 0.5])
    let complex = try SharedArray(shape: [2]) { index in Complex<Double>(0, Double(index[0])) }
    #expect(complex.toArray() == [Complex(0, 0), Complex(0, 1)])
  }

  @Test func `a closure that throws ends the creation with its error`() throws {
    struct Stop: Error, Equatable { let number: Int }
    var calls = 0
    func element(_ index: AxisValues) throws(Stop) -> Int {
      calls += 1
      if calls == 4 { throw Stop(number: index[1]) }
      return calls
    }
    #expect(throws: Stop(number: 1)) { try SharedArray(shape: [3, 2], element) }
    #expect(calls == 4)
    calls = 10
    #expect(try SharedArray(shape: [3, 2], element).toArray() == Array(11...16))
  }

  @Test func `a shape too large for memory is an error before the closure is called`() throws {
    let shape: Shape = [1 << 40, 1 << 40]
    #expect(memoryCode { try SharedArray(repeating: 1, shape: shape) } == .tooLarge)
    #expect(memoryCode { try SharedArray<Double>(shape: shape) { _ in fatalError("called") } } == .tooLarge)
  }

  // MARK: - From nested arrays

  @Test func `literals of any depth become arrays of that rank`() throws {
    let flat = try SharedArray<Double>([1, 2, 3])
    #expect(flat.shape == [3] && flat.toArray() == [1, 2, 3])
    let matrix = try SharedArray<Double>([[1, 2, 3], [4, 5.5, 6]])
    #expect(matrix.shape == [2, 3] && matrix.toArray() == [1, 2, 3, 4, 5.5, 6])
    let cube = try SharedArray<Int8>([[[1], [2]], [[3], [4]], [[5], [-6]]])
    #expect(cube.shape == [3, 2, 1] && cube.toArray() == [1, 2, 3, 4, 5, -6])
    let four = try SharedArray<Float16>([[[[1, 2]], [[3, 4]]]])
    #expect(four.shape == [1, 2, 1, 2] && four.toArray() == [1, 2, 3, 4])
  }

  @Test func `literals without a type have the type Swift gives their elements`() throws {
    let integers: SharedArray<Int> = try SharedArray([[1, 2], [3, 4]])
    #expect(integers.toArray() == [1, 2, 3, 4])
    let mixed: SharedArray<Double> = try SharedArray([[1, 2.5]])
    #expect(mixed.toArray() == [1, 2.5])
    #expect(try SharedArray([1, 2.5]).toArray() == [1, 2.5])
    let truths: SharedArray<Bool> = try SharedArray([[true], [false]])
    #expect(truths.toArray() == [true, false])
    let i = Complex<Double>.i
    let complex: SharedArray<Complex<Double>> = try SharedArray([[1, i], [2 * i, 0]])
    #expect(complex.toArray() == [1, i, 2 * i, 0])
    #expect(try SharedArray<Complex<Float>>([[1], [2]]).toArray() == [1, 2])
  }

  @Test func `arrays of empty literals keep the extents that the nesting shows`() throws {
    #expect(try SharedArray<Double>([]).shape == [0])
    #expect(try SharedArray<Double>([[]]).shape == [1, 0])
    #expect(try SharedArray<Double>([[], []]).shape == [2, 0])
    #expect(try SharedArray<Double>([[[]]]).shape == [1, 1, 0])
    #expect(try SharedArray<Double>([[[[]]]]).shape == [1, 1, 1, 0])
    #expect(try SharedArray([] as [[Int]]).shape == [0, 0])
    #expect(try SharedArray([] as [[[Int]]]).shape == [0, 0, 0])
    #expect(try SharedArray([[], []] as [[[[Int]]]]).shape == [2, 0, 0, 0])
  }

  @Test func `rows may be any collections`() throws {
    #expect(try SharedArray([0..<3, 3..<6]).toArray() == Array(0..<6))
    let rows = (0..<2).map { i in (0..<300).lazy.map { Float(300 * i + $0) } }
    #expect(try SharedArray(rows).toArray() == (0..<600).map(Float.init))
    #expect(try SharedArray([[1, 2, 3, 4][1...2]]).shape == [1, 2])
  }

  // MARK: - Identity matrices

  @Test(
    .needsNumPy,
    arguments: [Int8.self, UInt64.self, Float16.self, Double.self, Complex<Double>.self]
      as [any ArithmeticElement.Type])
  func `identity matrices are NumPy's`(type: any ArithmeticElement.Type) throws {
    func check<Element: ArithmeticElement>(_ type: Element.Type) throws {
      var results: [(String, any StridedArray)] = [
        ("np.eye(4, dtype=np.\(Element.elementType.name))", try SharedArray<Element>.eye(4)),
        ("np.eye(0, dtype=np.\(Element.elementType.name))", try SharedArray<Element>.eye(0)),
      ]
      for (rows, columns) in [(1, 1), (3, 5), (5, 3), (0, 2), (2, 0)] {
        for diagonal in [0, 1, -1, 2, -4, 5, -5, 100, -100] {
          results.append(
            (
              "np.eye(\(rows), \(columns), \(diagonal), np.\(Element.elementType.name))",
              try SharedArray<Element>.eye(rows, columns: columns, diagonal: diagonal)
            ))
        }
      }
      try NumPyComparison.check(results)
    }
    try check(type)
  }
}
