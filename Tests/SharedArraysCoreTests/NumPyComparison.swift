import SharedArraysCore
import SharedArraysMemory
import TestSupport
import Testing

/// A comparison of results with NumPy expressions on the same arrays.
struct NumPyComparison {
  private var inputs: [String] = []
  private var expectations: [String] = []
  /// The arrays, which must exist until NumPy has read them.
  private var owners: [any Sendable] = []

  /// Makes an array available to expressions as `name`.
  mutating func input<Element>(_ name: String, _ array: some StridedArray<Element>) throws {
    inputs.append("\(name)=\(try share(array))")
  }

  /// Adds the expectation that an expression has the value `result` in NumPy.
  ///
  /// - Parameter ulps: The maximum difference in units in the last place of the larger of two
  ///   numbers.
  mutating func expect<Element>(
    _ expression: String, _ result: some StridedArray<Element>, ulps: Int = 0
  ) throws {
    expectations.append("\(try share(result)) \(ulps) \(expression)")
  }

  /// Records an issue for each expression whose value, shape or element type differs.
  ///
  /// - Parameter name: The file with NumPy 2's answers, for expressions whose values differ in
  ///   NumPy 1; see ``RecordedAnswers``.
  func check(
    recordedAs name: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let record = RecordedAnswers.arguments(recordedAs: name, by: sourceLocation)
    let text = try python(
      Self.program, inputs.joined(separator: " "), expectations.joined(separator: "\n"), record[0], record[1])
    for line in text.split(separator: "\n") {
      Issue.record(Comment(rawValue: String(line)), sourceLocation: sourceLocation)
    }
  }

  /// Records an issue for each result that differs from NumPy's value of its expression.
  /// Expressions refer to the inputs as `x0`, `x1`, ….
  static func check(
    _ results: [(expression: String, array: any StridedArray)], of inputs: [any StridedArray] = [],
    recordedAs name: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var comparison = NumPyComparison()
    for (number, input) in inputs.enumerated() { try comparison.input("x\(number)", input) }
    for result in results { try comparison.expect(result.expression, result.array) }
    try comparison.check(recordedAs: name, sourceLocation: sourceLocation)
  }

  private mutating func share<Element>(_ array: some StridedArray<Element>) throws -> String {
    let copy = try SharedArray<Element>.create(.generated, shape: array.shape)
    try copy.update(from: array)
    owners.append(copy)
    return copy.name ?? ""
  }

  private static let program =
    RecordedAnswers.program + """
      import warnings
      np.seterr(all='ignore')
      warnings.simplefilter('ignore')
      inputs = {}
      for word in sys.argv[1].split():
        name, file = word.split('=')
        inputs[name] = np.load('/dev/shm/' + file)
      results, questions = [], []
      for line in sys.argv[2].splitlines():
        file, ulps, expression = line.split(' ', 2)
        results.append((np.load('/dev/shm/' + file), int(ulps)))
        questions.append(expression)
      def parts(a): return a.view(a.real.dtype) if a.dtype.kind == 'c' and a.ndim else a
      def compare(source, expression, expected, result, ulps):
        if result.shape != expected.shape or result.dtype != expected.dtype:
          print(expression, 'is', expected.dtype, expected.shape, 'not', result.dtype, result.shape, 'in', source)
          return
        a, b = parts(np.ascontiguousarray(expected)), parts(np.ascontiguousarray(result))
        same = (a == b) | ((a != a) & (b != b))
        if ulps and a.dtype.kind == 'f':
          room = ulps * np.spacing(np.maximum(np.abs(a), np.abs(b)))
          same |= np.abs(a - b) <= room
        if not same.all():
          place = np.argwhere(~same)[0]
          print(expression, 'has', (~same).sum(), 'different elements in', source, 'the first at', place,
            'is', a[tuple(place)], 'not', b[tuple(place)])
      def ask(expression): return eval(expression, {'np': np, **inputs})
      since = (2, 0) if sys.argv[3] else (1, 0)
      for source, values in answers(sys.argv[3:5], inputs, questions, ask, since):
        for expression, value, (result, ulps) in zip(questions, values, results):
          compare(source, expression, value, result, ulps)
      """
}

/// Returns various elements of a type: small and extreme numbers, and for floating point also zeros
/// of both signs, infinities and NaN.
func variedElements<Element: SharedArrayElement>(
  _ count: Int, as type: Element.Type = Element.self, seed: UInt64 = 1
) -> [Element] {
  var generator = SeededGenerator(seed: seed)
  let width = MemoryLayout<Element>.stride
  func special(_ kind: Int) -> Double { [0, -0.0, 1, -1, .infinity, -.infinity, .nan, 2][kind] }
  func bytes() -> [UInt8] {
    switch Element.elementType {
    case .bool: [UInt8.random(in: 0...1, using: &generator)]
    case .float16: raw(Float16(number(&generator)))
    case .float32: raw(Float(number(&generator)))
    case .float64: raw(number(&generator))
    case .complex64: raw(Float(number(&generator))) + raw(Float(number(&generator)))
    case .complex128: raw(number(&generator)) + raw(number(&generator))
    default:
      Bool.random(using: &generator)
        ? (0..<width).map { _ in .random(in: 0...255, using: &generator) }
        : [UInt8.random(in: 0...5, using: &generator)] + [UInt8](repeating: 0, count: width - 1)
    }
  }
  func number(_ generator: inout SeededGenerator) -> Double {
    Int.random(in: 0..<4, using: &generator) == 0
      ? special(.random(in: 0..<8, using: &generator)) : .random(in: -4...4, using: &generator)
  }
  func raw<Number: BitwiseCopyable>(_ number: Number) -> [UInt8] {
    var number = number
    return unsafe withUnsafeBytes(of: &number) { unsafe Array($0) }
  }
  return (0..<count).map { _ in
    // SAFETY: `bytes()` returns the number of bytes of an element, and they form a valid value.
    unsafe bytes().withUnsafeBytes { unsafe $0.baseAddress!.assumingMemoryBound(to: Element.self).pointee }
  }
}
