import Foundation
import NDArrays
import TestSupport
import Testing

/// Random chains of views, against NumPy.
///
/// `NDARRAYS_CASES` sets how many chains there are, `NDARRAYS_SEED` where they start.
@Suite struct RandomViewTests {
  private static func setting(_ name: String, or value: Int) -> Int {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? value
  }

  @Test(.enabled(if: pythonIsAvailable))
  func `elements, sums, means and norms of random views are NumPy's`() throws {
    let seed = Self.setting("NDARRAYS_SEED", or: 1)
    let cases = try ViewCase.random(
      seed: UInt64(truncatingIfNeeded: seed), count: Self.setting("NDARRAYS_CASES", or: 3_000))
    let answers = try ViewCase.answers(to: cases)
    var place = 0
    for (number, sample) in cases.enumerated() {
      let view = try sample.view()
      let count = Int(answers[place + 3])
      let expected = ViewCase.Answer(
        elements: Array(answers[place + 4..<place + 4 + count]), sum: answers[place],
        magnitudes: answers[place + 1], norm: answers[place + 2])
      #expect(expected.isMet(by: view), "seed \(seed), case \(number): \(sample)")
      place += 4 + count
    }
    #expect(place == answers.count)
  }
}

/// A shape, and what is done to an array of it one after the other.
private struct ViewCase: CustomStringConvertible {
  let shape: Shape
  var steps: [Step] = []

  enum Step: CustomStringConvertible {
    case select([Selection])
    case slice(Range<Int>, axis: Int)
    case transpose
    case permute(AxisValues)
    case reshape(Shape)

    /// What the script reads: Python for "the view `x` is to be replaced by".
    var description: String {
      switch self {
      case .select(let selections): "x[\(selections.map { $0.description + ", " }.joined())...]"
      case .slice(let range, let axis):
        "x[\(String(repeating: ":, ", count: axis))\(range.lowerBound):\(range.upperBound), ...]"
      case .transpose: "x.T"
      case .permute(let axes): "x.transpose(\(axes))"
      case .reshape(let shape): "x.reshape(\(shape))"
      }
    }
  }

  /// The line that the script reads.
  var description: String { "\(shape);" + steps.map(\.description).joined(separator: ";") }

  /// Number k is a fixed fraction between -32768 and 32768 that looks random.
  func view() throws -> SharedArray<Double> {
    let count = shape.reduce(1, *)
    let numbers = (0..<count).map {
      Double(UInt32(truncatingIfNeeded: $0 &* 2_654_435_761)) / 65_536 - 32_768
    }
    return steps.reduce(try SharedArray(numbers, shape: shape)) { $1.applied(to: $0) }
  }
}

// MARK: - Taking views

extension ViewCase.Step {
  func applied(to x: SharedArray<Double>) -> SharedArray<Double> {
    switch self {
    case .select(let s):
      switch s.count {
      case 0: x
      case 1: x[s[0]]
      case 2: x[s[0], s[1]]
      case 3: x[s[0], s[1], s[2]]
      case 4: x[s[0], s[1], s[2], s[3]]
      case 5: x[s[0], s[1], s[2], s[3], s[4]]
      case 6: x[s[0], s[1], s[2], s[3], s[4], s[5]]
      case 7: x[s[0], s[1], s[2], s[3], s[4], s[5], s[6]]
      default: x[s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]]
      }
    case .slice(let range, let axis): x.slice(range, axis: axis)
    case .transpose: x.transposed()
    case .permute(let axes): x.transposed(axes)
    case .reshape(let shape): x.reshaped(shape)
    }
  }
}

/// A selection whose kind is drawn at run time.
private enum Selection: AxisSelection, CustomStringConvertible {
  case one(Int)
  case range(Range<Int>)
  case closed(ClosedRange<Int>)
  case from(Int)
  case upTo(Int)
  case through(Int)
  case every(Int)
  case steps(StrideTo<Int>, String)

  func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    switch self {
    case .one(let index): index.indices(ofAxis: axis, extent: extent)
    case .range(let range): range.indices(ofAxis: axis, extent: extent)
    case .closed(let range): range.indices(ofAxis: axis, extent: extent)
    case .from(let first): (first...).indices(ofAxis: axis, extent: extent)
    case .upTo(let end): (..<end).indices(ofAxis: axis, extent: extent)
    case .through(let last): (...last).indices(ofAxis: axis, extent: extent)
    case .every(let step): (.every(step) as EveryIndex).indices(ofAxis: axis, extent: extent)
    case .steps(let stride, _): stride.indices(ofAxis: axis, extent: extent)
    }
  }

  var description: String {
    switch self {
    case .one(let index): "\(index)"
    case .range(let range): "\(range.lowerBound):\(range.upperBound)"
    case .closed(let range): "\(range.lowerBound):\(range.upperBound + 1)"
    case .from(let first): "\(first):"
    case .upTo(let end): ":\(end)"
    case .through(let last): ":\(last + 1)"
    case .every(let step): "::\(step)"
    case .steps(_, let text): text
    }
  }
}

// MARK: - Drawing cases

extension ViewCase {
  static func random(seed: UInt64, count: Int) throws -> [ViewCase] {
    var generator = SeededGenerator(seed: seed)
    return try (0..<count).map { _ in try random(using: &generator) }
  }

  private static func random(using generator: inout SeededGenerator) throws -> ViewCase {
    let rank = Int.random(in: 0...8, using: &generator)
    // Long axes where there are few, so that runs of more than a block occur, too.
    let longest = [1, 900, 40, 12, 7, 5, 4, 3, 3][rank]
    let extents = (0..<rank).map { _ in
      Int.random(in: 0..<20, using: &generator) == 0 ? 0 : Int.random(in: 1...longest, using: &generator)
    }
    var sample = ViewCase(shape: Shape(extents))
    var view = try sample.view()
    for _ in 0..<Int.random(in: 0...4, using: &generator) {
      guard let step = step(from: view, using: &generator) else { continue }
      sample.steps.append(step)
      view = step.applied(to: view)
    }
    return sample
  }

  private static func step(
    from view: SharedArray<Double>, using generator: inout SeededGenerator
  ) -> Step? {
    let shape = view.shape
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: return .transpose
    case 1: return .permute(AxisValues(Array(shape.indices).shuffled(using: &generator)))
    case 2:
      guard let axis = shape.indices.randomElement(using: &generator) else { return nil }
      let low = Int.random(in: 0...shape[axis], using: &generator)
      return .slice(low..<Int.random(in: low...shape[axis], using: &generator), axis: axis)
    case 3:
      // Two neighbouring axes become one; whether that is a view is for `strides(reshapedTo:)` to tell.
      guard shape.count >= 2 else { return nil }
      let axis = Int.random(in: 0..<shape.count - 1, using: &generator)
      var joined = Array(shape)
      joined[axis] *= joined.remove(at: axis + 1)
      let target = Shape(joined)
      return view.storage.strides(reshapedTo: target) == nil ? nil : .reshape(target)
    default:
      let kept = Int.random(in: 0...shape.count, using: &generator)
      return .select(shape.prefix(kept).map { selection(extent: $0, using: &generator) })
    }
  }

  private static func selection(extent: Int, using generator: inout SeededGenerator) -> Selection {
    let low = Int.random(in: 0...extent, using: &generator)
    let high = Int.random(in: low...extent, using: &generator)
    let step = [1, 1, 2, 3, 7, -1, -1, -2, -3].randomElement(using: &generator)!
    switch Int.random(in: 0..<10, using: &generator) {
    case 0 where extent > 0: return .one(Int.random(in: 0..<extent, using: &generator))
    case 1: return .range(low..<high)
    case 2 where high > low: return .closed(low...high - 1)
    case 3: return .from(low)
    case 4: return .upTo(high)
    case 5: return .through(high - 1)
    case 6: return .steps(stride(from: low, to: high, by: abs(step)), "\(low):\(high):\(abs(step))")
    case 7 where low > 0:
      return .steps(
        stride(from: high - 1, to: low - 1, by: -abs(step)), "\(high - 1):\(low - 1):-\(abs(step))")
    case 8: return .every(1)
    default: return .every(step)
    }
  }
}

// MARK: - NumPy

extension ViewCase {
  /// What NumPy finds in a view, sums without rounding.
  struct Answer {
    let elements: [Double]
    let sum: Double
    let magnitudes: Double
    let norm: Double

    func isMet(by view: SharedArray<Double>) -> Bool {
      let count = Double(elements.count)
      let bound = max(1, log2(count)) * Double.ulpOfOne
      let mean = view.mean()
      return view.toArray() == elements && view.count == elements.count
        && abs(view.sum() - sum) <= bound * magnitudes
        && (elements.isEmpty ? mean.isNaN : abs(mean - sum / count) <= 2 * bound * magnitudes / count)
        && abs(view.norm() - norm) <= bound * norm
    }
  }

  /// For each case sum, sum of magnitudes, norm, number of elements and the elements.
  static func answers(to cases: [ViewCase]) throws -> [Double] {
    try withTemporaryDirectory { directory in
      let lines = cases.map(\.description).joined(separator: "\n")
      try lines.write(toFile: directory + "/cases", atomically: false, encoding: .utf8)
      _ = try python(script, directory + "/cases", directory + "/answers.npy")
      return try SharedArray<Double>.load(directory + "/answers.npy").toArray()
    }
  }

  private static let script = """
    import math, sys, numpy
    answers = []
    for line in open(sys.argv[1]):
      shape, *steps = line.strip().split(';')
      shape = eval(shape)
      numbers = numpy.arange(numpy.prod(shape, dtype=numpy.uint64), dtype=numpy.uint64)
      x = (numbers * 2654435761 % 2**32 / 65536.0 - 32768.0).reshape(shape)
      for step in steps:
        if step: x = eval(step)
      elements = x.ravel().tolist()
      squares = math.fsum(e * e for e in elements)
      sums = [math.fsum(elements), math.fsum(map(abs, elements)), math.sqrt(squares), len(elements)]
      answers.append(numpy.array(sums + elements))
    numpy.save(sys.argv[2], numpy.concatenate(answers))
    """
}
