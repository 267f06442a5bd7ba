import SharedArraysCore
import TestSupport

/// A shape, and a sequence of steps that are applied to an array of this shape.
struct ViewCase: CustomStringConvertible {
  let shape: Shape
  var steps: [Step] = []

  enum Step: CustomStringConvertible {
    case select([Selection])
    case slice(Range<Int>, axis: Int)
    case transpose
    case permute(AxisValues)
    case reshape(Shape)

    /// The Python expression that the script reads, which replaces the view `x`.
    var description: String {
      switch self {
      case .select(let selections):
        // Python also allows only one ellipsis. At the end it changes nothing.
        "x[\(selections.map { $0.description + ", " }.joined())"
          + (selections.contains { $0.selectedAxes == .ellipsis } ? "]" : "...]")
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

  /// Applies the steps to an array of that shape.
  func view<Element>(of array: SharedArray<Element>) -> SharedArray<Element> {
    steps.reduce(array) { $1.applied(to: $0) }
  }

  /// Returns the Python expression that applies the same steps to an array.
  func expression(of array: String) -> String {
    steps.reduce(array) { "(lambda x: \($1))(\($0))" }
  }
}

// MARK: - Taking views

extension ViewCase.Step {
  func applied<Element>(to x: SharedArray<Element>) -> SharedArray<Element> {
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
enum Selection: AxisSelection, CustomStringConvertible {
  case new
  case ellipsis
  case one(Int)
  case range(Range<Int>)
  case closed(ClosedRange<Int>)
  case from(Int)
  case upTo(Int)
  case through(Int)
  case stride(by: Int)
  case steps(StrideTo<Int>, String)

  var selectedAxes: SelectedAxes {
    switch self {
    case .new: .new
    case .ellipsis: .ellipsis
    default: .one
    }
  }

  func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    switch self {
    case .new, .ellipsis: (0..<extent).indices(ofAxis: axis, extent: extent)
    case .one(let index): index.indices(ofAxis: axis, extent: extent)
    case .range(let range): range.indices(ofAxis: axis, extent: extent)
    case .closed(let range): range.indices(ofAxis: axis, extent: extent)
    case .from(let first): (first...).indices(ofAxis: axis, extent: extent)
    case .upTo(let end): (..<end).indices(ofAxis: axis, extent: extent)
    case .through(let last): (...last).indices(ofAxis: axis, extent: extent)
    case .stride(by: let step): (.stride(by: step) as EveryIndex).indices(ofAxis: axis, extent: extent)
    case .steps(let stride, _): stride.indices(ofAxis: axis, extent: extent)
    }
  }

  var description: String {
    switch self {
    case .new: "None"
    case .ellipsis: "..."
    case .one(let index): "\(index)"
    case .range(let range): "\(range.lowerBound):\(range.upperBound)"
    case .closed(let range): "\(range.lowerBound):\(range.upperBound + 1)"
    case .from(let first): "\(first):"
    case .upTo(let end): ":\(end)"
    case .through(let last): ":\(last + 1)"
    case .stride(by: let step): "::\(step)"
    case .steps(_, let text): text
    }
  }
}

// MARK: - Drawing cases

extension ViewCase {
  /// - Parameter longest: The maximum extent for each rank.
  static func random(
    longest: [Int], using generator: inout SeededGenerator
  ) throws -> ViewCase {
    let rank = Int.random(in: 0...8, using: &generator)
    let longest = longest[rank]
    let extents = (0..<rank).map { _ in
      Int.random(in: 0..<20, using: &generator) == 0 ? 0 : Int.random(in: 1...longest, using: &generator)
    }
    var sample = ViewCase(shape: Shape(extents))
    var view = try SharedArray<UInt8>(shape: sample.shape)
    for _ in 0..<Int.random(in: 0...4, using: &generator) {
      guard let step = step(from: view, using: &generator) else { continue }
      sample.steps.append(step)
      view = step.applied(to: view)
    }
    return sample
  }

  private static func step(
    from view: SharedArray<UInt8>, using generator: inout SeededGenerator
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
      // Two neighbouring axes are merged. `strides(reshapedTo:)` decides whether the result is a
      // view.
      guard shape.count >= 2 else { return nil }
      let axis = Int.random(in: 0..<shape.count - 1, using: &generator)
      var joined = Array(shape)
      joined[axis] *= joined.remove(at: axis + 1)
      let target = Shape(joined)
      return view.storage.strides(reshapedTo: target) == nil ? nil : .reshape(target)
    default:
      return .select(selections(shape, using: &generator))
    }
  }

  /// Returns selections for the first axes, perhaps for the last ones after an ellipsis, and of new
  /// axes among them.
  private static func selections(_ shape: Shape, using generator: inout SeededGenerator) -> [Selection] {
    let hasEllipsis = Int.random(in: 0..<3, using: &generator) == 0
    // At most eight, since `applied(to:)` has one case for each number of selections.
    let most = hasEllipsis ? min(7, shape.count) : shape.count
    let head = Int.random(in: 0...most, using: &generator)
    let tail = hasEllipsis ? Int.random(in: 0...most - head, using: &generator) : 0
    var selections = shape.prefix(head).map { selection(extent: $0, using: &generator) }
    if hasEllipsis { selections.append(.ellipsis) }
    selections += shape.suffix(tail).map { selection(extent: $0, using: &generator) }
    for added in 0..<Int.random(in: 0...3, using: &generator)
    where selections.count < 8 && shape.count + added < 8 {
      selections.insert(.new, at: Int.random(in: 0...selections.count, using: &generator))
    }
    return selections
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
    case 8: return .stride(by: 1)
    default: return .stride(by: step)
    }
  }
}
