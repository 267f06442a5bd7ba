import ComplexModule
import SharedArraysCore
import TestSupport
import Testing

/// Tests of selections that apply to no axis of the array, or to several.
@Suite struct SelectionTests {
  @Test(
    .needsNumPy,
    arguments: [Bool.self, Int8.self, UInt64.self, Float16.self, Complex<Double>.self]
      as [any SharedArrayElement.Type])
  func `newAxis and ellipsis select as in NumPy`(type: any SharedArrayElement.Type) throws {
    func check<Element: SharedArrayElement>(_ type: Element.Type) throws {
      let x = try counted([2, 3, 4]).converted(to: type, .truncating)
      let (scalar, vector) = (x[1, 2, 3] as SharedArray, x[1, 2, .all])
      let results: [(String, any StridedArray)] = [
        ("x0[None]", x[.newAxis]), ("x0[None, :, 0]", x[.newAxis, .all, 0]),
        ("x0[:, None, 0]", x[.all, .newAxis, 0]),
        ("x0[:, 1:, ::-1, None]", x[.all, 1..., .stride(by: -1), .newAxis]),
        ("x0[None, None, 1, None, None]", x[.newAxis, .newAxis, 1, .newAxis, .newAxis]),
        ("x0[..., 0]", x[.ellipsis, 0]), ("x0[..., 0:2]", x[.ellipsis, 0..<2]),
        ("x0[1, ...]", x[1, .ellipsis]),
        ("x0[1, ..., 2]", x[1, .ellipsis, 2]), ("x0[..., 1, 2]", x[.ellipsis, 1, 2]),
        ("x0[...]", x[.ellipsis]),
        ("x0[0, 1, ..., 2]", x[0, 1, .ellipsis, 2]), ("x0[..., None]", x[.ellipsis, .newAxis]),
        ("x0[None, ..., None, 1]", x[.newAxis, .ellipsis, .newAxis, 1]),
        ("x0[::-1, ..., None, ::2]", x[.stride(by: -1), .ellipsis, .newAxis, .stride(by: 2)]),
        ("x0.T[..., None, 1]", x.transposed()[.ellipsis, .newAxis, 1]),
        ("x0[:0, ..., None]", x[..<0, .ellipsis, .newAxis]),
        ("x0[1, 2][None, :]", vector[.newAxis, .all]), ("x0[1, 2][:, None]", vector[.all, .newAxis]),
        ("x0[1, 2][1, ...]", vector[1, .ellipsis]), ("x0[1, 2, 3, ...]", scalar[.ellipsis]),
        ("x0[1, 2, 3][None, None]", scalar[.newAxis, .newAxis]),
        ("x0[1, 2, 3][None, ...]", scalar[.newAxis, .ellipsis]),
      ]
      try NumPyComparison.check(results, of: [x])
    }
    try check(type)
  }

  @Test(.needsNumPy)
  func `selections counted from the end are NumPy's`() throws {
    let x = try counted([2, 3, 4])
    let results: [(String, any StridedArray)] = [
      ("x0[-1]", x[.last]), ("x0[:, -1, -1]", x[.all, .last, .last]), ("x0[..., -1]", x[.ellipsis, .last]),
      ("x0[0, :, :2]", x[.first, .all, .prefix(2)]), ("x0[1:, 2:]", x[.dropFirst(1), .dropFirst(2)]),
      ("x0[:0, :, 0]", x[.prefix(0), .all, .first]), ("x0[1]", x.row(1)), ("x0[:, 2]", x.column(2)),
      ("x0[-1]", x.rows.last!), ("x0[:, 0]", x.columns[0]),
      ("x0[..., -1:]", x[.ellipsis, .suffix(1)]), ("x0[:, -3:, -2:]", x[.all, .suffix(3), .suffix(2)]),
      ("x0[:, :-1, :-4]", x[.all, .dropLast(1), .dropLast(4)]),
      ("x0[:, :, 1:-1]", x[.all, .all, .trimming(1)]),
      ("x0[1:-1, 1:-1]", x[.trimming(1), .trimming(1)]),
      ("x0[...]", x[.trimming(0), .dropLast(0), .suffix(4)]),
      ("x0[:, 3:]", x[.all, .suffix(0)]), ("x0.T[-1, :-2]", x.transposed()[.last, .dropLast(2)]),
      ("x0[:, ::-1][:, -1]", x[.all, .stride(by: -1)][.all, .last]),
    ]
    try NumPyComparison.check(results, of: [x])
    x[.all, .trimming(1), .last].fill(-1)
    #expect(x[.all, 1, 3].toArray() == [-1, -1] && x.count { $0 < 0 } == 2)
  }

  @Test func `views with new axes or an ellipsis share the elements of the array`() throws {
    let x = try counted([3, 4])
    x[.ellipsis, 0].fill(-1)
    x[.all, .newAxis, 1][2, 0] = 7
    #expect(x.toArray() == [-1, 1, 2, 3, -1, 5, 6, 7, -1, 7, 10, 11])
    #expect(x[.newAxis, .ellipsis].isContiguous && x[.all, .newAxis].isContiguous)
    #expect(try (x[.all, 0][.all, .newAxis] + x[0, .all]).shape == [3, 4])
    #expect(ReadOnlySharedArray(x)[.ellipsis, .newAxis, 3].toArray() == [3, 7, 11])
  }

  @Test func `an array of any rank takes an ellipsis and new axes up to rank 8`() throws {
    for shape in shapesOfEveryRank {
      let x = try counted(shape)
      #expect(x[.ellipsis].shape == shape && x[.ellipsis].toArray() == x.toArray())
      if x.rank > 0 { #expect(x[.ellipsis, 0].toArray() == x.slice(0..<1, axis: x.rank - 1).toArray()) }
      if x.rank < 8 { #expect(x[.ellipsis, .newAxis].shape == Shape(Array(shape) + [1])) }
    }
  }

  /// Selects the indices 0, 2, 4 … of an axis, without a declaration of the axes that it selects.
  private struct EvenIndices: AxisSelection {
    func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
      SelectedIndices(first: 0, count: (extent + 1) / 2, step: 2, axis: axis, extent: extent)
    }
  }

  /// Selects the first index of each of the remaining axes.
  private struct FirstOfRest: AxisSelection {
    var selectedAxes: SelectedAxes { .ellipsis }
    func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
      SelectedIndices(first: 0, count: 1, keepsAxis: false, axis: axis, extent: extent)
    }
  }

  @Test func `a custom selection covers one axis, or the remaining axes if it says so`() throws {
    let x = try counted([2, 3, 4])
    #expect(x[1, .ellipsis, EvenIndices()].toArray() == [12, 14, 16, 18, 20, 22])
    #expect(x[FirstOfRest(), EvenIndices()].toArray() == [0, 2])
    #expect(x[1, FirstOfRest(), 3].scalar == 15)
  }
}
