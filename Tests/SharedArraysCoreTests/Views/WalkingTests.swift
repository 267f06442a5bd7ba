import ComplexModule
import SharedArraysCore
import Testing

// SAFETY: the pointer to contiguous elements is used only within the closure, which reads the
// elements that it covers.

@Suite struct WalkingTests {
  /// Returns views of every kind of an array: contiguous, with gaps, reversed, transposed,
  /// broadcast, without axes or elements.
  private func views<Element>(_ x: SharedArray<Element>) -> [ReadOnlySharedArray<Element>] {
    let writable = [
      x, x[1], x[.all, .stride(by: 2)], x[.stride(by: -1), .stride(by: -1), .stride(by: -1)], x.transposed(),
      x.transposed([1, 0, 2]),
      x[.all, 1..<2, 1...], x[1, 2, 3], x[0..<0], x[.all, 3..<3], x.transposed()[1..., 0, .stride(by: -1)],
    ]
    return writable.map { ReadOnlySharedArray($0) } + [
      x[0, 0].broadcast(to: [2, 4]), x[.all, .all, 0..<1].broadcast(to: x.shape),
    ]
  }

  // MARK: - Elements

  @Test(
    arguments: [Bool.self, Int8.self, UInt64.self, Float16.self, Complex<Double>.self]
      as [any SharedArrayElement.Type])
  func `elements of any view are iterated in row-major order`(type: any SharedArrayElement.Type) throws {
    func check<Element: SharedArrayElement>(_ type: Element.Type) throws {
      let counts = try counted([2, 3, 4])
      let x = try counts.converted(to: type, .truncating)
      for view in views(x) {
        let expected = indices(of: view.shape).map { view.element(at: $0) } as [Element]
        var walked: [Element] = []
        for element in view.elements { walked.append(element) }
        #expect(walked == expected)
        #expect(view.elements.count == expected.count)
        #expect(view.elements.indices.map { view.elements[$0] } == expected)
        #expect(Array(view.elements) == expected)
        #expect(Array(view.elements.reversed()) == expected.reversed())
        #expect(view.elements.dropFirst(2).prefix(5).elementsEqual(expected.dropFirst(2).prefix(5)))
        #expect(
          Array(view.elements.lazy.filter { $0 == expected[0] }) == expected.filter { $0 == expected[0] })
      }
    }
    try check(type)
  }

  @Test(arguments: shapesOfEveryRank + [[0], [0, 2], [2, 0]] as [Shape])
  func `elements of every rank are walked once`(shape: Shape) throws {
    let x = try counted(shape)
    #expect(Array(x.elements) == Array(0..<x.count))
    let y = x.transposed()
    #expect(y.elements.elementsEqual(y.toArray()))
    #expect(y.elements.map { $0 } == y.toArray())
    var iterator = y.elements.makeIterator()
    for _ in 0..<x.count { #expect(iterator.next() != nil) }
    for _ in 0..<3 { #expect(iterator.next() == nil) }
  }

  @Test func `contiguous elements are offered in place, and other elements are not`() throws {
    func contiguousSum(_ elements: Elements<Int>) -> Int? {
      unsafe elements.withContiguousStorageIfAvailable { unsafe $0.reduce(0, +) }
    }
    let x = try counted([3, 4])
    #expect(contiguousSum(x[1...].elements) == 60)
    #expect(contiguousSum(x.transposed().elements) == nil)
    #expect(contiguousSum(x[.stride(by: -1)].elements) == nil)
    #expect(contiguousSum(x[0..<0].elements) == 0)
  }

  @Test func `elements are read lazily and keep their memory mapped`() throws {
    var x: SharedArray<Int>? = try counted([100, 100])
    let column = try #require(x)[.all, 7].elements
    try #require(x)[1, 7] = -1
    x = nil
    #expect(Array(column.prefix(3)) == [7, -1, 207])
    #expect(column.reduce(0, +) == 495_592)
  }

  // MARK: - Subarrays

  @Test(arguments: shapesOfEveryRank.dropFirst() + [[0], [0, 2], [2, 0], [3, 0, 2]] as [Shape])
  func `subarrays along each axis are the views at its indices`(shape: Shape) throws {
    let x = try counted(shape)
    for axis in 0..<shape.count {
      for view in [x, x.flipped(), x.flipped(axis: axis)] {
        let subarrays = view.subarrays(axis: axis)
        #expect(subarrays.count == shape[axis])
        var rest = shape
        rest = Shape(rest.indices.filter { $0 != axis }.map { shape[$0] })
        for (index, subarray) in subarrays.enumerated() {
          #expect(subarray.shape == rest)
          #expect(subarray.toArray() == view.slice(index..<index + 1, axis: axis).toArray())
          #expect(subarray.toArray() == subarrays[index].toArray())
        }
      }
    }
  }

  @Test func `subarrays are views of the array's kind`() throws {
    let x = try counted([3, 4])
    for row in x.subarrays() { row[0] = 100 }
    for column in x.subarrays(axis: 1).dropFirst(2).reversed() { column.fill(9) }
    #expect(x.toArray() == [100, 1, 9, 9, 100, 5, 9, 9, 100, 9, 9, 9])
    let readOnly: [ReadOnlySharedArray<Int>] = Array(ReadOnlySharedArray(x).subarrays())
    #expect(readOnly.map { $0.sum() } == [119, 123, 127])
    #expect(try counted([4]).subarrays().map { $0.scalar } == [0, 1, 2, 3])
    #expect(x.transposed().subarrays().last?.toArray() == [9, 9, 9])
  }

  @Test func `a subarray keeps the memory after the array is gone`() throws {
    var subarrays: Subarrays<SharedArray<Int>>? = try counted([100, 100]).subarrays(axis: 1)
    let last = try #require(subarrays)[99]
    subarrays = nil
    #expect(last.toArray() == (1...100).map { 100 * $0 - 1 })
  }
}
