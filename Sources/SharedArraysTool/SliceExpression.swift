import SharedArrays

/// A selection of elements in NumPy's syntax, such as `0:10, ::-1, 3`.
struct SliceExpression {
  fileprivate enum Item {
    case index(Int, position: Int)
    case range(start: Int?, stop: Int?, step: Int)
    case ellipsis
  }

  /// A syntax error, with the position of the offending character, counted from 1.
  struct SyntaxError: Error {
    let text: String
    let position: Int
  }

  private var items: [Item] = []

  init(_ text: String) throws(SyntaxError) {
    var rest = Scanner(text)
    rest.skipSpaces()
    while !rest.isAtEnd {
      let position = rest.position
      items.append(try Self.item(&rest))
      if case .ellipsis = items[items.count - 1], items.count(where: \.isEllipsis) > 1 {
        throw SyntaxError(text: "only one \"...\" is allowed", position: position)
      }
      if rest.isAtEnd { return }
      guard rest.take(",") else { throw rest.unexpected(wanted: "a comma") }
      rest.skipSpaces()
    }
    if items.isEmpty { throw rest.unexpected(wanted: "an index or a range") }
  }

  private static func item(_ rest: inout Scanner) throws(SyntaxError) -> Item {
    if rest.take("...") {
      rest.skipSpaces()
      return .ellipsis
    }
    let position = rest.position
    let start = try rest.number()
    guard rest.take(":") else {
      guard let start else { throw rest.unexpected(wanted: "an index or a range") }
      return .index(start, position: position)
    }
    let stop = try rest.number()
    guard rest.take(":") else { return .range(start: start, stop: stop, step: 1) }
    let stepPosition = rest.position
    let step = try rest.number() ?? 1
    if step == 0 { throw SyntaxError(text: "the step must not be 0", position: stepPosition) }
    return .range(start: start, stop: stop, step: step)
  }

  /// Returns the view that NumPy's `array[…]` would return.
  ///
  /// - Throws: ``ToolError`` if the items outnumber the axes, or an index lies outside its axis.
  func view<Element>(of array: ReadOnlySharedArray<Element>) throws -> ReadOnlySharedArray<Element> {
    let count = items.count { !$0.isEllipsis }
    guard count <= array.rank else {
      throw ToolError("The slice has \(count) items, but the array of shape \(array.shape) has fewer axes.")
    }
    var (offset, axis) = (0, 0)
    var (shape, strides): ([Int], [Int]) = ([], [])
    func keep(_ extent: Int, _ stride: Int) {
      shape.append(extent)
      strides.append(stride)
    }
    for item in items {
      switch item {
      case .ellipsis:
        for _ in 0..<(array.rank - count) {
          keep(array.shape[axis], array.strides[axis])
          axis += 1
        }
      case .index(let index, let position):
        let extent = array.shape[axis]
        guard index >= -extent, index < extent else {
          throw ToolError(
            "Index \(index), at character \(position) of the slice, is out of range for axis \(axis) "
              + "of extent \(extent).")
        }
        offset += (index < 0 ? index + extent : index) * array.strides[axis]
        axis += 1
      case .range(let start, let stop, let step):
        let (first, length) = Self.resolve(start, stop, step, extent: array.shape[axis])
        // A step that is never taken could overflow, and the start of an empty range could lie
        // outside.
        offset += length > 0 ? first * array.strides[axis] : 0
        keep(length, length > 1 ? step * array.strides[axis] : array.strides[axis])
        axis += 1
      }
    }
    for axis in axis..<array.rank { keep(array.shape[axis], array.strides[axis]) }
    return ReadOnlySharedArray(
      storage: array.storage.view(offset: offset, shape: Shape(shape), strides: Strides(strides)))
  }

  /// Returns the first index and the number of indices, as Python's `slice.indices` does.
  private static func resolve(
    _ start: Int?, _ stop: Int?, _ step: Int, extent: Int
  ) -> (first: Int, count: Int) {
    let (lowest, highest) = step > 0 ? (0, extent) : (-1, extent - 1)
    func clamped(_ bound: Int) -> Int { min(max(bound < 0 ? bound + extent : bound, lowest), highest) }
    let first = start.map(clamped) ?? (step > 0 ? lowest : highest)
    let end = stop.map(clamped) ?? (step > 0 ? highest : lowest)
    let distance = step > 0 ? end - first : first - end
    return distance > 0 ? (first, Int(UInt(distance - 1) / step.magnitude) + 1) : (0, 0)
  }
}

extension SliceExpression.Item {
  fileprivate var isEllipsis: Bool { if case .ellipsis = self { true } else { false } }
}

/// A scanner for the characters of a slice.
private struct Scanner {
  private let characters: [Character]
  private var index = 0

  init(_ text: String) { characters = Array(text) }

  var isAtEnd: Bool { index == characters.count }
  /// The number of the next character, counted from 1.
  var position: Int { index + 1 }

  mutating func skipSpaces() {
    while !isAtEnd, characters[index] == " " { index += 1 }
  }

  mutating func take(_ text: String) -> Bool {
    guard characters[index...].starts(with: text) else { return false }
    index += text.count
    return true
  }

  /// Returns a number, with spaces around it skipped; nil if no number follows.
  mutating func number() throws(SliceExpression.SyntaxError) -> Int? {
    skipSpaces()
    let start = index
    var text = ""
    if !isAtEnd, characters[index] == "-" || characters[index] == "+" {
      text.append(characters[index])
      index += 1
    }
    while !isAtEnd, characters[index].isASCII, characters[index].isNumber {
      text.append(characters[index])
      index += 1
    }
    if text.isEmpty { return nil }
    guard text.last?.isNumber == true else { throw unexpected(wanted: "a number") }
    guard let number = Int(text) else {
      throw SliceExpression.SyntaxError(text: "the number \(text) is too large", position: start + 1)
    }
    skipSpaces()
    return number
  }

  func unexpected(wanted: String) -> SliceExpression.SyntaxError {
    let found = isAtEnd ? "the end of the text" : "\"\(String(characters[index]).escaped)\""
    return SliceExpression.SyntaxError(text: "expected \(wanted), found \(found)", position: position)
  }
}
