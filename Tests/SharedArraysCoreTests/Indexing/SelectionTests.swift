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
  func `new axes and the rest of the axes are NumPy's`(type: any SharedArrayElement.Type) throws {
    func check<Element: SharedArrayElement>(_ type: Element.Type) throws {
      let x = try counted([2, 3, 4]).converted(to: type, .truncating)
      let (scalar, vector) = (x[1, 2, 3] as SharedArray, x[1, 2, .all])
      let results: [(String, any StridedArray)] = [
        ("x0[None]", x[.newAxis]), ("x0[None, :, 0]", x[.newAxis, .all, 0]),
        ("x0[:, None, 0]", x[.all, .newAxis, 0]),
        ("x0[:, 1:, ::-1, None]", x[.all, 1..., .every(-1), .newAxis]),
        ("x0[None, None, 1, None, None]", x[.newAxis, .newAxis, 1, .newAxis, .newAxis]),
        ("x0[..., 0]", x[.rest, 0]), ("x0[..., 0:2]", x[.rest, 0..<2]), ("x0[1, ...]", x[1, .rest]),
        ("x0[1, ..., 2]", x[1, .rest, 2]), ("x0[..., 1, 2]", x[.rest, 1, 2]), ("x0[...]", x[.rest]),
        ("x0[0, 1, ..., 2]", x[0, 1, .rest, 2]), ("x0[..., None]", x[.rest, .newAxis]),
        ("x0[None, ..., None, 1]", x[.newAxis, .rest, .newAxis, 1]),
        ("x0[::-1, ..., None, ::2]", x[.every(-1), .rest, .newAxis, .every(2)]),
        ("x0.T[..., None, 1]", x.transposed()[.rest, .newAxis, 1]),
        ("x0[:0, ..., None]", x[..<0, .rest, .newAxis]),
        ("x0[1, 2][None, :]", vector[.newAxis, .all]), ("x0[1, 2][:, None]", vector[.all, .newAxis]),
        ("x0[1, 2][1, ...]", vector[1, .rest]), ("x0[1, 2, 3, ...]", scalar[.rest]),
        ("x0[1, 2, 3][None, None]", scalar[.newAxis, .newAxis]),
        ("x0[1, 2, 3][None, ...]", scalar[.newAxis, .rest]),
      ]
      try NumPyComparison.check(results, of: [x])
    }
    try check(type)
  }

  @Test(.needsNumPy)
  func `selections counted from the end are NumPy's`() throws {
    let x = try counted([2, 3, 4])
    let results: [(String, any StridedArray)] = [
      ("x0[-1]", x[.last]), ("x0[:, -1, -1]", x[.all, .last, .last]), ("x0[..., -1]", x[.rest, .last]),
      ("x0[..., -1:]", x[.rest, .suffix(1)]), ("x0[:, -3:, -2:]", x[.all, .suffix(3), .suffix(2)]),
      ("x0[:, :-1, :-4]", x[.all, .dropLast(1), .dropLast(4)]), ("x0[:, :, 1:-1]", x[.all, .all, .inner(1)]),
      ("x0[1:-1, 1:-1]", x[.inner(1), .inner(1)]), ("x0[...]", x[.inner(0), .dropLast(0), .suffix(4)]),
      ("x0[:, 3:]", x[.all, .suffix(0)]), ("x0.T[-1, :-2]", x.transposed()[.last, .dropLast(2)]),
      ("x0[:, ::-1][:, -1]", x[.all, .every(-1)][.all, .last]),
    ]
    try NumPyComparison.check(results, of: [x])
    x[.all, .inner(1), .last].fill(-1)
    #expect(x[.all, 1, 3].toArray() == [-1, -1] && x.count { $0 < 0 } == 2)
  }

  @Test func `such views are the same elements`() throws {
    let x = try counted([3, 4])
    x[.rest, 0].fill(-1)
    x[.all, .newAxis, 1][2, 0] = 7
    #expect(x.toArray() == [-1, 1, 2, 3, -1, 5, 6, 7, -1, 7, 10, 11])
    #expect(x[.newAxis, .rest].isContiguous && x[.all, .newAxis].isContiguous)
    #expect(try (x[.all, 0][.all, .newAxis] + x[0, .all]).shape == [3, 4])
    #expect(ReadOnlySharedArray(x)[.rest, .newAxis, 3].toArray() == [3, 7, 11])
  }

  @Test func `an array of any rank has a rest and room for new axes up to rank 8`() throws {
    for shape in shapesOfEveryRank {
      let x = try counted(shape)
      #expect(x[.rest].shape == shape && x[.rest].toArray() == x.toArray())
      if x.rank > 0 { #expect(x[.rest, 0].toArray() == x.slice(0..<1, axis: x.rank - 1).toArray()) }
      if x.rank < 8 { #expect(x[.rest, .newAxis].shape == Shape(Array(shape) + [1])) }
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
    var selectedAxes: SelectedAxes { .rest }
    func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
      SelectedIndices(first: 0, count: 1, keepsAxis: false, axis: axis, extent: extent)
    }
  }

  @Test func `selections of a program's own stand for one axis, or for the rest if they say so`() throws {
    let x = try counted([2, 3, 4])
    #expect(x[1, .rest, EvenIndices()].toArray() == [12, 14, 16, 18, 20, 22])
    #expect(x[FirstOfRest(), EvenIndices()].toArray() == [0, 2])
    #expect(x[1, FirstOfRest(), 3].scalar == 15)
  }
}
