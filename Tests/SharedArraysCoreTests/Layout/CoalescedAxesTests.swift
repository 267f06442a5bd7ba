import SharedArraysCore
import TestSupport
import Testing

@Suite struct CoalescedAxesTests {
  @Test(.needsNumPy)
  func `views with rearranged axes are NumPy's`() throws {
    let x = try counted([2, 1, 3, 4])
    let y = x[.all, .all, .stride(by: -1), .stride(by: 2)]
    let views: [(String, any StridedArray<Int>)] = [
      ("numpy.expand_dims(x, 0)", x.newAxis(at: 0)), ("numpy.expand_dims(x, 2)", x.newAxis(at: 2)),
      ("numpy.expand_dims(x, 4)", x.newAxis(at: 4)), ("x.squeeze()", x.squeezed()),
      ("y.squeeze(1)", y.squeezed(axis: 1)), ("numpy.flip(y)", y.flipped()),
      ("numpy.flip(x, 3)", x.flipped(axis: 3)), ("numpy.moveaxis(x, 0, 2)", x.movedAxis(from: 0, to: 2)),
      ("numpy.moveaxis(y, 3, 1)", y.movedAxis(from: 3, to: 1)),
      ("numpy.moveaxis(y, 2, 2)", y.movedAxis(from: 2, to: 2)),
      ("numpy.swapaxes(y, 0, 3)", y.swappedAxes(0, 3)),
      ("x.diagonal(0, 2, 3)", x.diagonal(axes: (2, 3))),
      ("y.diagonal(1, 3, 0)", y.diagonal(offset: 1, axes: (3, 0))),
      ("x.diagonal(-2, 2, 3)", x.diagonal(offset: -2, axes: (2, 3))),
      ("x.diagonal(4, 2, 3)", x.diagonal(offset: 4, axes: (2, 3))),
      ("x.diagonal(-3)", x.diagonal(offset: -3)),
      ("window(x, 3, 3)", x.slidingWindows(of: 3, axis: 3)),
      ("window(y, 2, 2)", y.slidingWindows(of: 2, axis: 2)),
      ("numpy.broadcast_to(x, (2, 2, 5, 3, 4))", x.broadcast(to: [2, 2, 5, 3, 4])),
    ]
    let program = """
      import numpy
      window = numpy.lib.stride_tricks.sliding_window_view
      x = numpy.arange(24).reshape(2, 1, 3, 4)
      y = x[:, :, ::-1, ::2]
      for view in (\(views.map(\.0).joined(separator: ", "))):
        print(list(view.shape), view.ravel().tolist(), view.sum())
      """
    let expected = try python(program).split(separator: "\n").map(String.init)
    for ((name, view), line) in zip(views, expected) {
      #expect("\(view.shape) \(view.toArray()) \(view.sum())" == line, "\(name)")
    }
    #expect(expected.count == views.count)
  }

  @Test func `repeated and overlapping elements are neither contiguous nor lost in a copy`() throws {
    let x = try counted([4])
    let repeated = x.broadcast(to: [3, 4])
    #expect(!repeated.isContiguous)
    #expect(try repeated.copy().span[11] == 3)
    #expect(spanned(repeated, row: 2) == [0, 1, 2, 3])
    let windows = x.slidingWindows(of: 2, axis: 0)
    #expect(!windows.isContiguous)
    #expect(windows.mean() == 1.5)
    try x[..<3].update(from: windows[.all, 1])
    #expect(x.toArray() == [1, 2, 3, 3])
    try x.update(from: x[..<1].broadcast(to: [4]))
    #expect(x.toArray() == [1, 1, 1, 1])
  }

  @Test func `axes of empty arrays and arrays without axes can be rearranged`() throws {
    let empty = try SharedArray<Int>(shape: [0, 3])
    #expect(empty.flipped().shape == [0, 3])
    #expect(empty.diagonal(offset: .min).shape == [0])
    #expect(empty.diagonal(offset: .max).toArray() == [])
    #expect(empty.broadcast(to: [2, 0, 3]).isEmpty)
    let scalar = try SharedArray([7], shape: [])
    #expect(scalar.newAxis(at: 0).shape == [1])
    #expect(scalar.flipped().squeezed().scalar == 7)
    #expect(scalar.broadcast(to: [2, 2]).toArray() == [7, 7, 7, 7])
  }

  @Test func `an axis that does not fit ends the process with a sentence`() async throws {
    let squeezed = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = try counted([3, 4]).squeezed(axis: 1)
    }
    let squeezedText = String(decoding: squeezed?.standardErrorContent ?? [], as: UTF8.self)
    #expect(squeezedText.contains("squeezed(axis:) needs an axis of extent 1, not axis 1 of shape [3, 4]."))
    let windows = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = try counted([3, 4]).slidingWindows(of: 4, axis: 0)
    }
    let windowsText = String(decoding: windows?.standardErrorContent ?? [], as: UTF8.self)
    #expect(windowsText.contains("Axis 0, which has extent 3, has no windows of extent 4."))
  }
}
