import SharedArraysCore
import Testing

@Suite struct ElementAccessTests {
  @Test(arguments: shapesOfEveryRank)
  func `every index reads its element, in row-major order`(shape: Shape) throws {
    let array = try counted(shape)
    let places = indices(of: shape)
    #expect(array.rank == shape.count)
    #expect(array.shape == shape)
    #expect(array.count == places.count)
    #expect(array.byteCount == 8 * places.count)
    #expect(array.isContiguous)
    #expect(array.strides == shape.rowMajorStrides)
    #expect(places.map { array.element(at: $0) } == Array(0..<array.count))
    let readOnly = ReadOnlySharedArray(array)
    #expect(places.map { readOnly.element(at: $0) } == Array(0..<array.count))
  }

  @Test(arguments: shapesOfEveryRank)
  func `a store changes its own element only`(shape: Shape) throws {
    let array = try SharedArray<Int16>(shape: shape)
    for (number, place) in indices(of: shape).enumerated() {
      array.setElement(at: place, to: Int16(number + 1))
      #expect(array.toArray() == (1...Int16(array.count)).map { $0 <= number + 1 ? $0 : 0 })
    }
  }

  @Test(arguments: shapesOfEveryRank)
  func `a store through a copy of the value is seen through the original`(shape: Shape) throws {
    let array = try SharedArray<Float>(shape: shape)
    let other = array
    for place in indices(of: shape) { other.setElement(at: place, to: 0.5) }
    #expect(array.toArray() == Array(repeating: 0.5, count: array.count))
  }

  @Test(arguments: shapesOfEveryRank)
  func `a transposed view swaps the indices`(shape: Shape) throws {
    let array = try counted(shape)
    let transposed = array.transposed()
    for place in indices(of: shape) {
      #expect(transposed.element(at: place.reversed()) == array.element(at: place))
      transposed.setElement(at: place.reversed(), to: -array.element(at: place))
    }
    #expect(array.toArray() == (0..<array.count).map { -$0 })
  }

  @Test func `an array without axes has one element`() throws {
    let array = try SharedArray<Double>(shape: [])
    #expect(array.count == 1)
    #expect(!array.isEmpty)
    array[] = 2.5
    #expect(array[] == 2.5)
    #expect(array.scalar == 2.5)
    #expect(array.toArray() == [2.5])
    #expect(spanned(array) == [2.5])
    #expect(array.transposed()[] == 2.5)
    #expect(array.reshaped([1, 1])[0, 0] == 2.5)
    #expect(array.reshaped([-1]).shape == [1])
  }

  @Test(arguments: [[], [1], [1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1]] as [Shape])
  func `any array with one element has a scalar`(shape: Shape) throws {
    let array = try SharedArray([7], shape: shape)
    #expect(array.scalar == 7)
    #expect(array.transposed().scalar == 7)
  }

  @Test(arguments: [[0], [0, 3], [3, 0], [2, 0, 4], [0, 0, 0, 0, 0, 0, 0, 0]] as [Shape])
  func `an empty array and its views have no elements`(shape: Shape) throws {
    let array = try SharedArray<Int>(shape: shape)
    #expect(array.isEmpty)
    #expect(array.isContiguous)
    #expect(array.toArray() == [])
    #expect(spanned(array) == [])
    #expect(array.transposed().toArray() == [])
    #expect(array.transposed().isContiguous)
    #expect(array.reshaped([-1]).shape == [0])
    #expect(try array.copy().shape == shape)
    for axis in 0..<array.rank { #expect(array.slice(0..<0, axis: axis).isEmpty) }
    array.fill(1)
    array.update { $0 + 1 }
    try array.update(from: array.copy())
  }

  @Test func `an element of a view is the element of the array`() throws {
    let array = try counted([4, 5])
    let view = array[1..<4, .stride(by: -2)]
    #expect(view[2, 0] == 19)
    view[2, 0] = 100
    #expect(array[3, 4] == 100)
    #expect(view[0, 2] == 5)
  }

  @Test func `a view keeps the memory after the array is gone`() throws {
    var array: SharedArray<Int>? = try counted([100, 100])
    let column = try #require(array)[.all, 99]
    array = nil
    #expect(column.toArray() == (1...100).map { 100 * $0 - 1 })
  }

  @Test func `elements of every type keep their bits`() throws {
    try checkRoundTrip([Int8.min, -1, 0, .max])
    try checkRoundTrip([Int16.min, -1, 0, .max])
    try checkRoundTrip([Int32.min, -1, 0, .max])
    try checkRoundTrip([Int64.min, -1, 0, .max])
    try checkRoundTrip([Int.min, -1, 0, .max])
    try checkRoundTrip([UInt8.max, 0])
    try checkRoundTrip([UInt16.max, 0])
    try checkRoundTrip([UInt32.max, 0])
    try checkRoundTrip([UInt64.max, 0])
    try checkRoundTrip([UInt.max, 0])
    try checkRoundTrip([Float16.infinity, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude])
    try checkRoundTrip([Float.infinity, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude])
    try checkRoundTrip([Double.infinity, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude])
  }

  private func checkRoundTrip<Element: SharedArrayElement>(_ values: [Element]) throws {
    let array = try SharedArray<Element>(shape: [values.count, 2])
    for (row, value) in values.enumerated() { array[row, 1] = value }
    #expect(array[.all, 1].toArray() == values, "\(Element.self)")
    #expect(array.byteCount == 2 * values.count * Element.elementType.byteCount)
  }
}
