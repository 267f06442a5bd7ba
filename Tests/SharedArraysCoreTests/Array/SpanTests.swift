import SharedArraysCore
import Testing

@Suite struct SpanTests {
  @Test(arguments: shapesOfEveryRank)
  func `a span has the elements of a contiguous array in row-major order`(shape: Shape) throws {
    let x = try counted(shape)
    #expect(spanned(x) == Array(0..<x.count))
    #expect(spanned(ReadOnlySharedArray(x)) == Array(0..<x.count))
  }

  @Test(arguments: shapesOfEveryRank)
  func `a mutable span writes the elements`(shape: Shape) throws {
    let x = try SharedArray<Int32>(shape: shape)
    var span = x.mutableSpan
    for i in span.indices { span[i] = Int32(3 * i) }
    #expect(x.toArray() == (0..<Int32(x.count)).map { 3 * $0 })
  }

  @Test func `rows are seen and written through their spans`() throws {
    let x = try counted([3, 4])
    #expect(spanned(x, row: 2) == [8, 9, 10, 11])
    var row = x.mutableSpan(row: 1)
    for i in row.indices { row[i] = -row[i] }
    #expect(x.toArray() == [0, 1, 2, 3, -4, -5, -6, -7, 8, 9, 10, 11])
    #expect(spanned(ReadOnlySharedArray(x), row: 0) == [0, 1, 2, 3])
  }

  @Test func `rows of a view without a span have spans`() throws {
    let x = try counted([4, 5])
    let view = x[.stride(by: -2), 1..<4]
    #expect(!view.isContiguous)
    #expect(spanned(view, row: 0) == [16, 17, 18])
    #expect(spanned(view, row: 1) == [6, 7, 8])
    var row = view.mutableSpan(row: 1)
    row[2] = 100
    #expect(x[1, 3] == 100)
  }

  @Test func `a row of an array of rank 3 covers its remaining axes`() throws {
    let x = try counted([2, 3, 4])
    #expect(spanned(x, row: 1) == Array(12..<24))
    #expect(spanned(x[.all, 1...], row: 1) == Array(16..<24))
    #expect(spanned(x[.stride(by: -1), 2, .all], row: 0) == [20, 21, 22, 23])
    #expect(spanned(x[.all, .all, 3..<4][.all, 2], row: 1) == [23])
  }

  @Test func `a row of an array of rank 1 is one element`() throws {
    let x = try counted([5])
    #expect(spanned(x[.stride(by: 2)], row: 1) == [2])
  }

  @Test(arguments: [[3, 0], [3, 4, 0], [3, 0, 4], [3, 2, 0, 5]] as [Shape])
  func `rows without elements have empty spans`(shape: Shape) throws {
    let x = try SharedArray<Double>(shape: shape)
    for row in 0..<3 {
      #expect(spanned(x, row: row) == [])
      #expect(spanned(x[.stride(by: -1)], row: row) == [])
    }
  }

  @Test func `a span of a view begins where the view does`() throws {
    let x = try counted([6, 3])
    #expect(spanned(x[2..<4]) == Array(6..<12))
    #expect(spanned(x[5]) == [15, 16, 17])
    #expect(spanned(x.slice(6..<6)) == [])
    #expect(spanned(x[1, 1...]) == [4, 5])
  }
}
