import Foundation
import SharedArraysCore
import TestSupport
import Testing

@Suite struct ReshapeTests {
  @Test(
    arguments: [[24], [2, 12], [4, 6], [1, 24, 1], [2, 2, 2, 3], [3, 1, 8], [2, 1, 2, 1, 2, 1, 3, 1]]
      as [Shape])
  func `a contiguous array takes every shape with the same number of elements`(shape: Shape) throws {
    let x = try counted([2, 3, 4])
    let y = x.reshaped(shape)
    #expect(y.shape == shape)
    #expect(y.isContiguous)
    #expect(y.toArray() == Array(0..<24))
    y.setElement(at: shape.map { $0 - 1 }, to: -1)
    #expect(x[1, 2, 3] == -1)
  }

  @Test func `an extent of -1 follows from the others`() throws {
    let x = try counted([2, 3, 4])
    #expect(x.reshaped([-1]).shape == [24])
    #expect(x.reshaped([4, -1]).shape == [4, 6])
    #expect(x.reshaped([-1, 24]).shape == [1, 24])
    #expect(x.reshaped([2, -1, 3, 2]).shape == [2, 2, 3, 2])
    #expect(try SharedArray<Int>(shape: [0, 3]).reshaped([-1]).shape == [0])
    #expect(try SharedArray<Int>(shape: [0, 3]).reshaped([-1, 5]).shape == [0, 5])
    #expect(try SharedArray<Int>(shape: []).reshaped([-1]).shape == [1])
  }

  @Test func `one element is reshaped from rank 0 to rank 8 and back`() throws {
    let x = try SharedArray([5], shape: [])
    let y = x.reshaped([1, 1, 1, 1, 1, 1, 1, 1])
    #expect(y[0, 0, 0, 0, 0, 0, 0, 0] == 5)
    #expect(y.reshaped([])[] == 5)
  }

  @Test func `an empty array takes every empty shape`() throws {
    let x = try SharedArray<Double>(shape: [0, 4])
    for shape in [[0], [4, 0], [1, 0, 9], [0, 0]] as [Shape] { #expect(x.reshaped(shape).shape == shape) }
  }

  @Test func `a view whose axes can be joined keeps its steps`() throws {
    let x = try counted([4, 6])
    let columns = x[.all, .stride(by: 2)].reshaped([12])
    #expect(columns.strides == [2])
    #expect(columns.toArray() == Array(stride(from: 0, to: 24, by: 2)))
    let reversed = x.reshaped([24])[.stride(by: -1)].reshaped([2, 3, 4])
    #expect(reversed.strides == [-12, -4, -1])
    #expect(reversed.toArray() == Array((0..<24).reversed()))
    #expect(x[.all, 0..<4].reshaped([2, 2, 2, 2]).strides == [12, 6, 2, 1])
    #expect(x.transposed().reshaped([2, 3, 4]).strides == [3, 1, 6])
  }

  /// NumPy shows which shapes a view can take: it returns a view if one exists, otherwise a copy.
  @Test(.needsNumPy)
  func `a reshaped view exists exactly where NumPy has one`() throws {
    let cases = ReshapeCase.random(seed: 20, count: 2_000)
    let lines = try withTemporaryDirectory { directory in
      let text = cases.map(\.description).joined(separator: "\n")
      try text.write(toFile: directory + "/cases", atomically: false, encoding: .utf8)
      return try python(ReshapeCase.script, directory + "/cases").split(separator: "\n")
    }
    try #require(lines.count == cases.count)
    for (sample, line) in zip(cases, lines) {
      let view = try sample.view()
      guard let strides = view.storage.strides(reshapedTo: sample.target) else {
        #expect(line == "none", "\(sample)")
        continue
      }
      // NumPy's strides of axes with one element, or of empty arrays, are arbitrary.
      let telling = sample.target.contains(0) ? [] : strides.indices.filter { sample.target[$0] > 1 }
      let text = telling.map { String(strides[$0]) }.joined(separator: ",")
      #expect(line == "view \(text)", "\(sample)")
    }
  }
}

/// A view of an array, and a shape with the same number of elements.
private struct ReshapeCase: CustomStringConvertible {
  let shape: Shape
  let steps: [Int]
  let ends: [Int]
  let axes: AxisValues
  let target: Shape

  /// The line that the script reads.
  var description: String {
    [Array(shape), steps, ends, Array(axes), Array(target)]
      .map { $0.map(String.init).joined(separator: ",") }.joined(separator: ";")
  }

  func view() throws -> SharedArray<Int8> {
    var view = try SharedArray<Int8>(shape: shape)
    for axis in shape.indices {
      view = view.slice(0..<ends[axis], axis: axis).every(steps[axis], axis: axis)
    }
    return view.transposed(axes)
  }

  static func random(seed: UInt64, count: Int) -> [ReshapeCase] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in random(using: &generator) }
  }

  private static func random(using generator: inout SeededGenerator) -> ReshapeCase {
    let rank = Int.random(in: 0...5, using: &generator)
    let shape = Shape((0..<rank).map { _ in [1, 2, 2, 3, 4, 6].randomElement(using: &generator)! })
    // Few axes are cut; otherwise hardly any view could be reshaped.
    let ends = shape.map { Int.random(in: 0..<6, using: &generator) == 0 ? $0 / 2 : $0 }
    let steps = shape.map { _ in [1, 1, 1, 1, 2, -1].randomElement(using: &generator)! }
    var axes = Array(0..<rank)
    if Int.random(in: 0..<3, using: &generator) == 0 { axes.shuffle(using: &generator) }
    let extents = zip(ends, steps).map { ($0 + abs($1) - 1) / abs($1) }
    let target = target(of: axes.map { extents[$0] }, using: &generator)
    return ReshapeCase(shape: shape, steps: steps, ends: ends, axes: AxisValues(axes), target: Shape(target))
  }

  /// Returns a shape of the extents' prime factors, in order, multiplied together in random groups,
  /// perhaps with an axis of one element between them.
  private static func target(of extents: [Int], using generator: inout SeededGenerator) -> [Int] {
    if extents.contains(0) { return [3, 0] }
    var factors = extents.flatMap { extent in extent == 4 ? [2, 2] : extent == 6 ? [2, 3] : [extent] }
    if Int.random(in: 0..<8, using: &generator) == 0 { factors.shuffle(using: &generator) }
    var target: [Int] = []
    for factor in factors {
      if !target.isEmpty, target.count == 8 || Bool.random(using: &generator) {
        target[target.count - 1] *= factor
      } else {
        target.append(factor)
      }
    }
    if target.count < 8, Bool.random(using: &generator) {
      target.insert(1, at: Int.random(in: 0...target.count, using: &generator))
    }
    return target
  }

  static let script = """
    import sys, numpy
    for line in open(sys.argv[1]):
      shape, steps, ends, axes, target = ([int(n) for n in part.split(',') if n] for part in line.strip().split(';'))
      x = numpy.zeros(shape, numpy.int8)
      if shape:
        x = x[tuple(slice(0, end) for end in ends)]
        x = x[tuple(slice(None, None, step) for step in steps)].transpose(axes)
      y = x.reshape(target)
      base = x.__array_interface__['data'][0]
      if y.size == 0 or numpy.shares_memory(x, y):
        strides = [] if y.size == 0 else [s for s, n in zip(y.strides, y.shape) if n > 1]
        print('view ' + ','.join(map(str, strides)))
      else:
        print('none')
    """
}

extension SharedArray {
  /// Selects every `step`-th index of one axis.
  fileprivate func every(_ step: Int, axis: Int) -> SharedArray {
    // The axis is moved to the front, where the first selection applies to it.
    let order = [axis] + (0..<rank).filter { $0 != axis }
    let back = (0..<rank).map { order.firstIndex(of: $0)! }
    return transposed(AxisValues(order))[.stride(by: step)].transposed(AxisValues(back))
  }
}
