import SharedArraysCore
import SharedArraysMemory
import Testing

/// Tests that misuse ends the process with a message that contains the values, in every build.
@Suite(.serialized) struct TrapTests {
  @Test(arguments: Misuse.all.map(\.name))
  func `a mistake ends the process with a sentence`(name: String) async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [name] in
      try Misuse.named(name).commit()
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains(Misuse.named(name).sentence))
  }
}

/// A programming error, and the message that it causes.
struct Misuse {
  let name: String
  let sentence: String
  let commit: @Sendable () throws -> Void

  init(_ name: String, _ sentence: String, _ commit: @escaping @Sendable () throws -> Void) {
    self.name = name
    self.sentence = sentence
    self.commit = commit
  }

  static func named(_ name: String) -> Misuse { all.first { $0.name == name }! }

  static let all =
    elements + selections + views + spans + contents + axisValues + choices + creation + joining + walking
    + comparison + tables + sorting

  static func matrix() throws -> SharedArray<Int> { try counted([3, 4]) }

  /// Uses a value, so that the optimizer cannot remove its computation.
  @inline(never)
  static func use<Value>(_ value: Value) {}

  // MARK: - Elements

  private static let elements = [
    Misuse("an index at the extent", "Index 3 is outside axis 0, which has extent 3.") {
      use(try matrix()[3, 0])
    },
    Misuse("a negative index", "Index -1 is outside axis 1, which has extent 4.") {
      use(try matrix()[0, -1])
    },
    Misuse("an index that wraps", "Index 9223372036854775807 is outside axis 1, which has extent 4.") {
      use(try matrix()[0, .max])
    },
    Misuse("a store outside", "Index 5 is outside axis 0, which has extent 5.") { try counted([5])[5] = 1 },
    Misuse("an index outside a view", "Index 1 is outside axis 0, which has extent 1.") {
      use(try matrix()[0..<1, .all][1, 0])
    },
    Misuse("an index of an empty array", "Index 0 is outside axis 0, which has extent 0.") {
      use(try SharedArray<Double>(shape: [0])[0])
    },
    Misuse("too few indices", "An element of an array of rank 2 has 2 indices, not 1;") {
      use(try matrix()[1] as Int)
    },
    Misuse("too many indices", "An element of an array of rank 2 has 2 indices, not 3;") {
      use(try matrix()[1, 2, 0])
    },
    Misuse("no index", "An element of an array of rank 2 has 2 indices, not 0;") { use(try matrix()[]) },
    Misuse("the scalar of several", "An array of shape [3, 4] has 12 elements; scalar needs exactly one.") {
      use(try matrix().scalar)
    },
    Misuse("the scalar of none", "An array of shape [0] has 0 elements; scalar needs exactly one.") {
      use(try SharedArray<Double>(shape: [0]).scalar)
    },
    Misuse("an element after detaching", "Index 0 is outside axis 0, which has extent 0.") {
      var x = try counted([3])
      try x.detach()
      use(x[0])
    },
  ]

  // MARK: - Selections

  private static let selections = [
    Misuse("a range beyond the end", "The indices 2…4 are outside axis 1, which has extent 4.") {
      use(try matrix()[.all, 2..<5])
    },
    Misuse("a closed range beyond the end", "The indices 0…4 are outside axis 1, which has extent 4.") {
      use(try matrix()[.all, 0...4])
    },
    Misuse(
      "an endless closed range", "The indices 0…9223372036854775807 are outside axis 0, which has extent 3."
    ) {
      use(try matrix()[0...Int.max])
    },
    Misuse("all integers", "The indices -9223372036854775808…9223372036854775806 are outside axis 0") {
      use(try matrix()[Int.min..<Int.max])
    },
    Misuse("a range before the start", "The indices -1…1 are outside axis 0, which has extent 3.") {
      use(try matrix()[-1..<2])
    },
    Misuse("a start beyond the end", "4... starts after axis 0, which has extent 3.") {
      use(try matrix()[4...])
    },
    Misuse("a start before the axis", "The indices -2…2 are outside axis 0, which has extent 3.") {
      use(try matrix()[(-2)...])
    },
    Misuse("an end beyond the end", "The indices 0…3 are outside axis 0, which has extent 3.") {
      use(try matrix()[..<4])
    },
    Misuse("an end before the start", "..<-1 ends before axis 0 starts.") { use(try matrix()[..<(-1)]) },
    Misuse("a last index at the extent", "The indices 0…3 are outside axis 0, which has extent 3.") {
      use(try matrix()[...3])
    },
    Misuse("a last index before the start", "...-2 ends before axis 0 starts.") {
      use(try matrix()[...(-2)])
    },
    Misuse("an empty range outside", "The empty range at 4 is outside axis 0, which has extent 3.") {
      use(try matrix()[4..<4])
    },
    Misuse("an Int outside", "Index 3 is outside axis 0, which has extent 3.") { use(try matrix()[3, .all]) },
    Misuse("a stride outside", "Index 4 is outside axis 1, which has extent 4.") {
      use(try matrix()[.all, stride(from: 0, to: 5, by: 2)])
    },
    Misuse("an endless stride", "Index 3 is outside axis 0, which has extent 3.") {
      use(try matrix()[stride(from: 0, to: Int.max, by: 1)])
    },
    Misuse("a stride below 0", "Index -1 is outside axis 0, which has extent 3.") {
      use(try matrix()[stride(from: 1, through: -1, by: -2)])
    },
    Misuse("every 0th index", "stride(by:) needs a step other than 0.") {
      use(try matrix()[.stride(by: 0)])
    },
    Misuse("a negative count", "A view cannot have -1 indices along axis 0.") {
      use(SelectedIndices(first: 0, count: -1, axis: 0, extent: 3))
    },
    Misuse(
      "indices of another axis",
      "A selection checked its indices against extent 100, but axis 0 has extent 3."
    ) {
      use(try matrix()[OfHundred(), .all])
    },
    Misuse("steps that wrap", "The indices 0…9223372036854775807 are outside axis 0, which has extent 3.") {
      use(SelectedIndices(first: 0, count: 5, step: 1 << 62, axis: 0, extent: 3))
    },
    Misuse("more selections than axes", "An array of shape [3, 4] has fewer axes than selections.") {
      use(try matrix()[.all, .all, .all])
    },
    Misuse(
      "more selections than axes and a rest",
      "An array of shape [3, 4] has fewer axes than selections."
    ) {
      use(try matrix()[0, .newAxis, 0, .ellipsis, 0])
    },
    Misuse("a new axis for an axis too many", "An array of shape [] has fewer axes than selections.") {
      use(try counted([])[.newAxis, .all])
    },
    Misuse("two rests", "A view can have at most one .ellipsis, not 2.") {
      use(try matrix()[.ellipsis, 0, .ellipsis])
    },
    Misuse("a new axis too many", "An array has at most 8 axes, not 9.") {
      use(try counted([1, 1, 1, 1, 1, 1, 1, 1])[.ellipsis, .newAxis])
    },
    Misuse("an index outside behind a rest", "Index 4 is outside axis 1, which has extent 4.") {
      use(try matrix()[.ellipsis, .newAxis, 4])
    },
  ]

  // MARK: - Views

  private static let views = [
    Misuse("a slice of a missing axis", "Axis 2 does not exist in an array of rank 2.") {
      use(try matrix().slice(0..<1, axis: 2))
    },
    Misuse("a slice of a negative axis", "Axis -1 does not exist in an array of rank 2.") {
      use(try matrix().slice(0..<1, axis: -1))
    },
    Misuse("a slice of a scalar", "Axis 0 does not exist in an array of rank 0.") {
      use(try SharedArray<Double>(shape: []).slice(0..<0))
    },
    Misuse("a slice outside", "The indices 2…3 are outside axis 0, which has extent 3.") {
      use(try matrix().slice(2..<4))
    },
    Misuse("an axis twice", "Axes [0, 0] do not name each axis of an array of rank 2 once.") {
      use(try matrix().transposed([0, 0]))
    },
    Misuse("an axis too few", "Axes [1] do not name each axis of an array of rank 2 once.") {
      use(try matrix().transposed([1]))
    },
    Misuse("a missing axis", "Axis 2 does not exist in an array of rank 2.") {
      use(try matrix().transposed([0, 2]))
    },
    Misuse(
      "another number of elements", "An array of shape [3, 4] has 12 elements and cannot have shape [5, 3]."
    ) {
      use(try matrix().reshaped([5, 3]))
    },
    Misuse(
      "an open extent without a solution", "An array of shape [3, 4] has 12 elements and cannot have shape"
    ) {
      use(try matrix().reshaped([5, -1]))
    },
    Misuse("two open extents", "An array of shape [3, 4] has 12 elements and cannot have shape [-1, -1].") {
      use(try matrix().reshaped([-1, -1]))
    },
    Misuse("a product that wraps", "has 12 elements and cannot have shape [4294967296, 4294967296, 12].") {
      use(try matrix().reshaped([1 << 32, 1 << 32, 12]))
    },
    Misuse("an empty product that wraps", "has 0 elements and cannot have shape [0, 4294967296, 4294967296].")
    {
      use(try SharedArray<Int>(shape: [0]).reshaped([0, 1 << 32, 1 << 32]))
    },
    Misuse("a reshape that needs a copy", "strides [1, 4] has no view of shape [12]; reshape a copy().") {
      use(try matrix().transposed().reshaped([12]))
    },
    Misuse("nine axes", "An array has at most 8 axes, not 9.") {
      use(try counted([1]).reshaped([1, 1, 1, 1, 1, 1, 1, 1, 1]))
    },
  ]

  // MARK: - Spans

  private static let noSpan = "has no span: its elements are not contiguous"

  private static let spans = [
    Misuse("a span of columns", "A view of shape [3, 2] and strides [4, 1] \(noSpan)") {
      use(spanned(try matrix()[.all, 0..<2]))
    },
    Misuse("a mutable span of a transpose", "A view of shape [4, 3] and strides [1, 4] \(noSpan)") {
      let x = try matrix().transposed()
      use(x.mutableSpan.count)
    },
    Misuse("a span of reversed elements", "A view of shape [5] and strides [-1] \(noSpan)") {
      use(spanned(try counted([5])[.stride(by: -1)]))
    },
    Misuse("a row at the extent", "Index 3 is outside axis 0, which has extent 3.") {
      use(spanned(try matrix(), row: 3))
    },
    Misuse("a row of a scalar", "An element of an array of rank 0 has 0 indices, not 1;") {
      let x = try SharedArray<Int>(shape: [])
      use(x.mutableSpan(row: 0).count)
    },
    Misuse("a row with gaps", "A view of shape [3, 2] and strides [4, 2] \(noSpan)") {
      use(spanned(try matrix()[.all, .stride(by: 2)], row: 0))
    },
  ]

  // MARK: - Contents

  private static let contents = [
    Misuse("too few elements", "2 elements do not fill an array of shape [3], which has 3.") {
      use(try SharedArray([1, 2], shape: [3]))
    },
    Misuse("too many elements", "4 elements do not fill an array of shape [3], which has 3.") {
      use(try SharedArray([1, 2, 3, 4], shape: [3]))
    },
    Misuse(
      "elements of another shape", "update(from:) needs an array of shape [3, 4], not of shape [4, 3]."
    ) {
      try matrix().update(from: matrix().transposed())
    },
    Misuse("a negative extent", "Axis 1 of shape [3, -1] has a negative extent.") {
      use(try SharedArray<Float>(shape: [3, -1]))
    },
    Misuse("a negative extent with a name", "Axis 0 of shape [-9223372036854775808] has a negative extent.") {
      use(try SharedArray<Float>.create("never", shape: [.min]))
    },
  ]

  // MARK: - Shapes

  private static let axisValues = [
    Misuse("a list of nine", "An array has at most 8 axes, not 9.") { use(AxisValues(0..<9)) },
    Misuse("a list of minus one", "An array has at most 8 axes, not -1.") {
      use(AxisValues(repeating: 0, count: -1))
    },
    Misuse("the extent of a missing axis", "Axis 2 does not exist in an array of rank 2.") {
      use(try matrix().shape[2])
    },
    Misuse("a change of a missing axis", "Axis -1 does not exist in an array of rank 1.") {
      var shape: Shape = [1]
      shape[-1] = 2
      use(shape)
    },
  ]
}

/// Selects all indices of an axis of extent 100, whatever the real extent is.
private struct OfHundred: AxisSelection {
  func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    SelectedIndices(first: 0, count: 100, axis: axis, extent: 100)
  }
}
