import SharedArraysCore
import Testing

@Suite struct ViewTests {
  // MARK: - One axis

  @Test func `each kind of selection keeps the indices it names`() throws {
    let x = try counted([10])
    #expect(x[2..<5].toArray() == [2, 3, 4])
    #expect(x[2...5].toArray() == [2, 3, 4, 5])
    #expect(x[7...].toArray() == [7, 8, 9])
    #expect(x[..<3].toArray() == [0, 1, 2])
    #expect(x[...3].toArray() == [0, 1, 2, 3])
    #expect(x[.all].toArray() == Array(0..<10))
    #expect(x[stride(from: 1, to: 10, by: 4)].toArray() == [1, 5, 9])
    #expect(x[stride(from: 1, through: 9, by: 4)].toArray() == [1, 5, 9])
    #expect(x[stride(from: 8, to: 0, by: -3)].toArray() == [8, 5, 2])
    #expect(x[stride(from: 9, through: 0, by: -9)].toArray() == [9, 0])
    #expect((x[3] as SharedArray).scalar == 3)
  }

  @Test(arguments: [1, 2, 3, 9, 10, 11, 100, Int.max, -1, -2, -3, -9, -10, -11, -100, -Int.max, Int.min])
  func `a stride keeps the same indices as Python's slice with that step`(step: Int) throws {
    for extent in [0, 1, 2, 9, 10] {
      let x = try counted([extent])
      var kept: [Int] = []
      var index = step > 0 ? 0 : extent - 1
      while 0..<extent ~= index {
        kept.append(index)
        let (next, overflow) = index.addingReportingOverflow(step)
        if overflow { break }
        index = next
      }
      #expect(x[.stride(by: step)].toArray() == kept, "extent \(extent)")
    }
  }

  @Test func `an empty selection can start anywhere from the first index to the end`() throws {
    let x = try counted([4, 3])
    for place in 0...4 { #expect(x[place..<place].shape == [0, 3]) }
    #expect(x[4...].shape == [0, 3])
    #expect(x[..<0].shape == [0, 3])
    #expect(x[...(-1)].shape == [0, 3])
    #expect(x[stride(from: 2, to: 2, by: 1)].shape == [0, 3])
    #expect(x[stride(from: 100, to: 0, by: 1)].shape == [0, 3])
    #expect(x[3..<3, 1...][.all, .stride(by: -1)].shape == [0, 2])
  }

  @Test func `a whole axis can be selected in every way`() throws {
    let x = try counted([6])
    for view in [
      x[0..<6], x[0...5], x[0...], x[..<6], x[...5], x[.all], x[.stride(by: 1)],
      x[.stride(by: -1)][.stride(by: -1)],
    ] {
      #expect(view.toArray() == Array(0..<6))
      #expect(view.isContiguous)
    }
  }

  // MARK: - Several axes

  @Test func `an Int drops its axis, a range of one keeps it`() throws {
    let x = try counted([2, 3, 4])
    #expect(x[1, .all, 2].shape == [3])
    #expect(x[1, .all, 2].toArray() == [14, 18, 22])
    #expect(x[1..<2, .all, 2...2].shape == [1, 3, 1])
    #expect(x[1..<2, .all, 2...2].toArray() == [14, 18, 22])
    let element: SharedArray<Int> = x[1, 2, 3]
    #expect(element.shape == [])
    #expect(element.scalar == 23)
  }

  @Test func `axes after the last selection are kept whole`() throws {
    let x = try counted([2, 3, 4])
    let matrix: SharedArray<Int> = x[1]
    #expect(matrix.shape == [3, 4])
    #expect(matrix.toArray() == Array(12..<24))
    #expect(x[.all, 2].shape == [2, 4])
    #expect(x[.all, 2].toArray() == [8, 9, 10, 11, 20, 21, 22, 23])
    #expect(x[1..., 0...1].shape == [1, 2, 4])
  }

  @Test func `a view of a view selects among the remaining indices`() throws {
    let x = try counted([10, 10])
    let inner = x[2..<9, .stride(by: 2)][.stride(by: -3), 1...3]
    #expect(inner.shape == [3, 3])
    #expect(inner.toArray() == [82, 84, 86, 52, 54, 56, 22, 24, 26])
    #expect(inner[.all, 1].toArray() == [84, 54, 24])
    #expect(inner.transposed()[0].toArray() == [82, 52, 22])
    #expect(inner.strides == [-30, 2])
  }

  @Test func `a view of a view of rank 8 selects on every axis`() throws {
    let x = try counted([2, 2, 2, 2, 2, 2, 2, 2])
    let view = x[1, .all, .stride(by: -1), 0..<1, 1, .all, .all, .stride(by: -1)]
    #expect(view.shape == [2, 2, 1, 2, 2, 2])
    #expect(view.element(at: [0, 0, 0, 0, 0, 0]) == 0b1010_1001)
    #expect(view.element(at: [1, 1, 0, 1, 1, 1]) == 0b1100_1110)
  }

  // MARK: - Slices and transposes

  @Test func `a slice is a range of one axis`() throws {
    let x = try counted([3, 4])
    #expect(x.slice(1..<3).toArray() == Array(4..<12))
    #expect(x.slice(1..<3, axis: 1).toArray() == [1, 2, 5, 6, 9, 10])
    #expect(x.slice(4..<4, axis: 1).shape == [3, 0])
  }

  @Test func `a matrix is transposed without a copy`() throws {
    let x = try counted([2, 3])
    let t = x.transposed()
    #expect(t.shape == [3, 2])
    #expect(t.toArray() == [0, 3, 1, 4, 2, 5])
    #expect(t.strides == [1, 3])
    #expect(!t.isContiguous)
    #expect(t.transposed().isContiguous)
    t[2, 0] = 100
    #expect(x[0, 2] == 100)
  }

  @Test func `axis i of a permuted view is axis axes[i]`() throws {
    let x = try counted([2, 3, 4])
    let y = x.transposed([2, 0, 1])
    #expect(y.shape == [4, 2, 3])
    for place in indices(of: x.shape) {
      #expect(y[place[2], place[0], place[1]] == x.element(at: place))
    }
    #expect(x.transposed([0, 1, 2]).isContiguous)
  }

  @Test func `axes of one element do not matter for contiguity`() throws {
    let x = try counted([1, 5, 1])
    #expect(x.transposed().isContiguous)
    #expect(spanned(x.transposed()) == Array(0..<5))
    #expect(try counted([4, 5])[2..<3, .all].isContiguous)
    #expect(try counted([4, 5])[.stride(by: 4), .all].isContiguous)
    #expect(try !counted([4, 5])[.stride(by: 3), .all].isContiguous)
    #expect(try !counted([4, 5])[.all, ..<4].isContiguous)
    #expect(try counted([4, 5])[2, 1...].isContiguous)
  }

  @Test func `an empty view is contiguous whatever its strides`() throws {
    let x = try SharedArray<Int>(shape: [0, 8])
    #expect(x[.all, .stride(by: 2)].isContiguous)
    #expect(spanned(x[.all, .stride(by: 2)]) == [])
    #expect(x.transposed().isContiguous)
    #expect(try counted([8, 8])[3..<3, .stride(by: -2)].isContiguous)
  }

  @Test func `a read-only array has the same views`() throws {
    let x = ReadOnlySharedArray(try counted([3, 4]))
    #expect(x[1..., .stride(by: -1)].toArray() == [7, 6, 5, 4, 11, 10, 9, 8])
    #expect(x.transposed().slice(1..<2).toArray() == [1, 5, 9])
    #expect(x.reshaped([2, -1])[1, 5] == 11)
    #expect(x[1].toArray() == [4, 5, 6, 7])
  }
}
