import ComplexModule
import Foundation
import SharedArraysCore
import TestSupport
import Testing

/// Compares descriptions of random arrays with NumPy's `str`.
///
/// `NDARRAYS_CASES` sets the number of arrays of each element type, `NDARRAYS_SEED` the seed.
@Suite(.needsNumPy, .timeLimit(.minutes(10)))
struct DescriptionNumPyTests {
  private static let types: [any SharedArrayElement.Type] = [
    Double.self, Complex<Double>.self, Bool.self, Int8.self, Int16.self, Int32.self, Int64.self, UInt8.self,
    UInt16.self, UInt32.self, UInt64.self, Float.self, Float16.self, Complex<Float>.self,
  ]

  /// The types for which NumPy 2.3 changed the limits beyond which numbers have exponents.
  private static let typesWithNewLimits: Set<ElementType> = [.float16, .float32, .complex64]

  @Test(arguments: types)
  func `random arrays and their transposes are printed as by NumPy`(type: any SharedArrayElement.Type) throws
  {
    func check<Element: SharedArrayElement>(_ type: Element.Type) throws {
      let seed = environmentNumber("NDARRAYS_SEED", or: 1)
      let count = environmentNumber("NDARRAYS_CASES", or: 150)
      let prefix = try freeName()
      var generator = SeededGenerator(seed: UInt64(truncatingIfNeeded: seed))
      let arrays = try (0..<count).map { number in
        let shape = Self.shape(using: &generator)
        let array = try SharedArray<Element>.create("\(prefix)-\(number)", shape: shape)
        let numbers = NumberStyle(using: &generator)
        array.update { _ in numbers.element(using: &generator) }
        return array
      }
      let texts = arrays.flatMap { array in
        let other = array.rank == 0 ? array : array.transposed()[.stride(by: -1)]
        return [array.description, other.description]
      }
      // The file has only the texts of the arrays for the default seed and number of cases.
      let type = Element.elementType
      let hasNewLimits = Self.typesWithNewLimits.contains(type)
      let isRecorded = hasNewLimits && seed == 1 && count == 150
      let differences = try Self.differences(
        of: texts, from: "[str(y) for y in ([x, x.T[::-1]] if x.ndim else [x, x])]", prefix, count,
        since: hasNewLimits ? "2.3" : "1.0", recordedAs: isRecorded ? "str-\(type.name)" : nil)
      for (number, difference) in differences {
        let shape = arrays[number / 2].shape
        Issue.record("seed \(seed), array \(number / 2) of \(type), shape \(shape): \(difference)")
      }
    }
    try check(type)
  }

  @Test func `every Float16 by itself is printed as by NumPy`() throws {
    let prefix = try freeName()
    let array = try SharedArray<Float16>.create(prefix + "-0", shape: [256, 256])
    var bits: UInt16 = 0
    array.update { _ in
      defer { bits &+= 1 }
      return Float16(bitPattern: bits)
    }
    let rows = array.subarrays().map { row in
      row.subarrays().map(\.description).joined(separator: "\n")
    }
    let differences = try Self.differences(
      of: rows, from: "['\\n'.join(map(str, row)) for row in x]", prefix, 1, since: "2.3",
      recordedAs: "str-every-float16")
    for (row, difference) in differences { Issue.record("bits from \(256 * row) on: \(difference)") }
  }

  /// Returns the numbers of the texts that differ from those of a Python expression of each array
  /// `x`, and the differences.
  ///
  /// A file contains only a digest of each text, because the texts of one element type can take a
  /// megabyte.
  private static func differences(
    of texts: [String], from expression: String, _ prefix: String, _ count: Int, since version: String,
    recordedAs name: String?, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [(number: Int, difference: String)] {
    let program =
      RecordedAnswers.program + """
        live = []
        def ask(expression):
          texts = [text for x in inputs.values() for text in eval(expression, {'x': x})]
          live.extend(text.replace('True', 'true').replace('False', 'false') for text in texts)
          return digests(live)
        def digests(texts):
          return np.array([int(hashlib.sha256(text.encode()).hexdigest()[:16], 16) for text in texts], '<u8')
        def first_difference(text, other):
          pairs = zip(text.split('\\n') + [''], other.split('\\n') + [''])
          return next((pair for pair in pairs if pair[0] != pair[1]), (text, other))
        prefix, count, expression, since, texts = sys.argv[1:6]
        texts = open(texts, newline='').read().split('\\0')
        inputs = {str(n): np.load(f'/dev/shm/{prefix}-{n}') for n in range(int(count))}
        since = tuple(map(int, since.split('.')))
        for source, (expected,) in answers(sys.argv[6:8], inputs, [expression], ask, since):
          if len(expected) != len(texts): sys.exit(f'{len(texts)} texts are not the {len(expected)} of {source}')
          for number in np.flatnonzero(expected != digests(texts)):
            text = texts[number]
            if live: print(number, '%r is not %r' % first_difference(text, live[number]), 'of', source)
            else: print(number, '%r... is not the text of' % text[:200], source)
        """
    return try withTemporaryDirectory { directory in
      try texts.joined(separator: "\0").write(
        toFile: directory + "/texts", atomically: false, encoding: .utf8)
      let record = RecordedAnswers.arguments(recordedAs: name, by: sourceLocation)
      let lines = try python(
        program, prefix, String(count), expression, version, directory + "/texts", record[0], record[1])
      return lines.split(separator: "\n").map { line in
        let words = line.split(separator: " ", maxSplits: 1)
        return (Int(words[0])!, String(words[1]))
      }
    }
  }

  /// Returns a random shape. Most are small; some have a higher rank, no elements, rows longer than
  /// a line, or too many elements to be printed.
  private static func shape(using generator: inout SeededGenerator) -> Shape {
    let rank = [0, 1, 1, 1, 1, 2, 2, 2, 3, 4, 6, 8].randomElement(using: &generator)!
    var shape = Shape((0..<rank).map { _ in Int.random(in: 1...3, using: &generator) })
    guard rank > 0 else { return shape }
    let axis = Int.random(in: 0..<rank, using: &generator)
    switch Int.random(in: 0..<12, using: &generator) {
    case 0: shape[axis] = 0
    case 1...3: shape[axis] = Int.random(in: 4...60, using: &generator)
    case 4: shape[axis] = 1200
    case 5: for axis in 0..<rank where rank < 5 { shape[axis] = Int.random(in: 5...12, using: &generator) }
    default: break
    }
    return shape
  }
}

/// A way to draw the numbers of one array. It uses no functions of the C library, since their last
/// digits might depend on the machine.
private struct NumberStyle {
  private enum Kind: CaseIterable { case bits, decimals, wholeNumbers, similar, nearLimits }
  private let kind: Kind
  private let decimals: Int
  private let exponent: Int
  private let hasSpecialValues: Bool

  init(using generator: inout SeededGenerator) {
    kind = Kind.allCases.randomElement(using: &generator)!
    decimals = Int.random(in: 0...12, using: &generator)
    exponent = Int.random(in: -9...12, using: &generator)
    hasSpecialValues = Int.random(in: 0..<4, using: &generator) == 0
  }

  func element<Element: SharedArrayElement>(using generator: inout SeededGenerator) -> Element {
    let element: Any
    switch Element.elementType {
    case .bool: element = Bool.random(using: &generator)
    case .complex64:
      element = Complex<Float>(real(using: &generator), real(using: &generator))
    case .complex128: element = Complex<Double>(real(using: &generator), real(using: &generator))
    case .float16: element = real(using: &generator) as Float16
    case .float32: element = real(using: &generator) as Float
    case .float64: element = real(using: &generator) as Double
    default:
      let type = Element.self as! any (FixedWidthInteger & SharedArrayElement).Type
      element = integer(type, using: &generator)
    }
    return element as! Element
  }

  private func integer<Number: FixedWidthInteger & SharedArrayElement>(
    _ type: Number.Type, using generator: inout SeededGenerator
  ) -> any SharedArrayElement {
    let width = kind == .bits ? 0 : Int.random(in: 0..<Number.bitWidth, using: &generator)
    return Number.random(in: .min ... .max, using: &generator) >> Number(width)
  }

  private func real<Number: BinaryFloatingPoint>(using generator: inout SeededGenerator) -> Number {
    if hasSpecialValues, Int.random(in: 0..<5, using: &generator) == 0 {
      return [0, -0.0, .nan, .infinity, -.infinity].randomElement(using: &generator)!
    }
    let sign: Double = hasSpecialValues && Bool.random(using: &generator) ? -1 : 1
    switch kind {
    case .bits:
      let bits = generator.next()
      return switch Number.significandBitCount {
      case 10: Number(Float16(bitPattern: UInt16(truncatingIfNeeded: bits)))
      case 23: Number(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
      default: Number(Double(bitPattern: bits))
      }
    case .decimals:
      let scale = powerOfTen(decimals)
      let number = Double.random(in: 0...100, using: &generator)
      return Number(sign * (number * scale).rounded() / scale * powerOfTen(exponent))
    case .wholeNumbers: return Number(sign * Double(Int.random(in: 0...2000, using: &generator)))
    case .similar:
      return Number(sign * powerOfTen(exponent) * Double.random(in: 1...900, using: &generator))
    case .nearLimits:
      let limit = [1e-5, 1e-4, 1e-3, 1, 1000, 1e6, 1e8, 1e16].randomElement(using: &generator)!
      let number = Number(sign * limit)
      return [number, number.nextUp, number.nextDown].randomElement(using: &generator)!
    }
  }

  private func powerOfTen(_ exponent: Int) -> Double {
    let power = (0..<abs(exponent)).reduce(1.0) { power, _ in power * 10 }
    return exponent < 0 ? 1 / power : power
  }
}
