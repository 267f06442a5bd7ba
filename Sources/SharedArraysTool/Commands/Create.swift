import ArgumentParser
import SharedArrays

/// A command that creates a persistent array.
struct Create: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Creates a persistent array of zeros.",
    discussion: """
      Example: sharedarray create temps --dtype float64 --shape 1000,3

      The array exists until it is unlinked. dtypes are NumPy's: \
      \(ElementType.allCases.map(\.name).joined(separator: ", ")), or descriptors such as "<f8".

      --json prints an object with the keys name, dtype, shape, dataBytes, bytes and lifetime.
      """)

  @Argument(help: "The name of the array, the file name in /dev/shm.")
  var name: String

  @Option(help: "The element type.", transform: elementType(named:))
  var dtype: ElementType = .float64

  @Option(
    help: "The extents of the axes, separated by commas; \"()\" for an array of one element without axes.",
    transform: shape(of:))
  var shape: [Int]

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    func create<Element: SharedArrayElement>(_ type: Element.Type) throws {
      _ = try SharedArray<Element>.create(name, shape: Shape(shape), lifetime: .persistent)
    }
    try create(dtype.swiftType)
    try reportCreated(name, json: json)
  }
}

/// Prints a report of a new array.
func reportCreated(_ name: String, json: Bool) throws {
  let info = try SharedArrayInfo.of(name)
  if json { return try printJSON(Created(info)) }
  print(
    "Created /dev/shm/\(name.escaped): \(info.elementType.name) \(readable(shape: Array(info.shape))), "
      + "\(readable(byteCount: info.segment.byteCount)), \(info.segment.lifetime.text)")
}

private struct Created: Encodable {
  let name, dtype: String
  let shape: [Int]
  let dataBytes, bytes: Int
  let lifetime: String

  init(_ info: SharedArrayInfo) {
    name = info.name
    dtype = info.elementType.name
    shape = Array(info.shape)
    dataBytes = info.segment.byteCount
    bytes = info.segment.totalByteCount
    lifetime = info.segment.lifetime.text
  }
}

private func elementType(named text: String) throws -> ElementType {
  // NumPy's names for the types of C and Python.
  let synonyms: [String: ElementType] = [
    "half": .float16, "single": .float32, "double": .float64, "float": .float64, "int": .int64,
    "uint": .uint64, "complex": .complex128, "?": .bool,
  ]
  var isBigEndian = false
  let type =
    ElementType(rawValue: text) ?? synonyms[text] ?? ElementType(descriptor: text, isBigEndian: &isBigEndian)
  guard let type else {
    let known = ElementType.allCases.map(\.name).joined(separator: ", ")
    throw ValidationError("\"\(text)\" is not an element type; the element types are \(known).")
  }
  if isBigEndian { throw ValidationError("Arrays in shared memory are little-endian; \"\(text)\" is not.") }
  return type
}

private func shape(of text: String) throws -> [Int] {
  var inner = text.filter { $0 != " " }[...]
  if let first = inner.first, let last = inner.last, inner.count > 1,
    ["()", "[]"].contains("\(first)\(last)")
  {
    inner = inner.dropFirst().dropLast()
    if inner.isEmpty { return [] }
  }
  // A tuple of one element ends with a comma in Python.
  if inner.count > 1, inner.last == "," { inner.removeLast() }
  let extents = inner.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
  let shape = extents.compactMap { $0 }
  guard shape.count == extents.count, shape.allSatisfy({ $0 >= 0 }) else {
    throw ValidationError("A shape is a list of extents such as 1000,3, not \"\(text)\".")
  }
  guard shape.count <= Shape.largestRank else {
    throw ValidationError("An array has at most \(Shape.largestRank) axes, not \(shape.count).")
  }
  return shape
}
