import ComplexModule
import Foundation
import NDArrays
import TestSupport
import Testing

/// Descriptions of random arrays, against NumPy's `str`.
///
/// `NDARRAYS_CASES` sets how many arrays there are of each element type, `NDARRAYS_SEED` where they start.
@Suite(.enabled(if: pythonIsAvailable), .timeLimit(.minutes(10))) struct DescriptionNumPyTests {
  /// Before NumPy 2.3, `float16` and `float32` had other limits beyond which exponents are used.
  private static let types: [any SharedArrayElement.Type] = {
    let others: [any SharedArrayElement.Type] = [
      Double.self, Complex<Double>.self, Bool.self, Int8.self, Int16.self, Int32.self, Int64.self, UInt8.self,
      UInt16.self, UInt32.self, UInt64.self,
    ]
    return hasRecentNumPy ? others + [Float.self, Float16.self, Complex<Float>.self] : others
  }()

  private static let hasRecentNumPy: Bool = {
    let program = "import numpy; print(numpy.lib.NumpyVersion(numpy.__version__) >= '2.3.0')"
    return (try? python(program)) == "True"
  }()

  @Test(arguments: types)
  func `random arrays and their transposes are printed as by NumPy`(type: any SharedArrayElement.Type) throws
  {
    func check<Element: SharedArrayElement>(_ type: Element.Type) throws {
      let seed = setting("NDARRAYS_SEED", or: 1)
      let count = setting("NDARRAYS_CASES", or: 150)
      let prefix = try freeName()
      var generator = SeededGenerator(seed: UInt64(truncatingIfNeeded: seed))
      let arrays = try (0..<count).map { number in
        let shape = Self.shape(using: &generator)
        let array = try SharedArray<Element>.create("\(prefix)-\(number)", shape: shape)
        let numbers = NumberStyle(using: &generator)
        array.update { _ in numbers.element(using: &generator) }
        return array
      }
      let texts = try Self.printedByNumPy(prefix, count)
      try #require(texts.count == 2 * count)
      for (number, array) in arrays.enumerated() {
        let place: Comment = "seed \(seed), array \(number) of \(Element.elementType), shape \(array.shape)"
        #expect(array.description == texts[2 * number], place)
        let other = array.rank == 0 ? array : array.transposed()[.every(-1)]
        #expect(other.description == texts[2 * number + 1], place)
      }
    }
    try check(type)
  }

  @Test(.enabled(if: hasRecentNumPy))
  func `every Float16 by itself is printed as by NumPy`() throws {
    let name = try freeName()
    let array = try SharedArray<Float16>.create(name, shape: [1 << 16])
    var bits: UInt16 = 0
    array.update { _ in
      defer { bits &+= 1 }
      return Float16(bitPattern: bits)
    }
    let program = "import sys, numpy; print(*numpy.load('/dev/shm/' + sys.argv[1]), sep='\\n')"
    let texts = try python(program, name).split(separator: "\n")
    let own = (0..<array.count).map { array[$0..<$0 + 1].reshaped([]).description }
    #expect(own == texts.map(String.init))
  }

  private static func printedByNumPy(_ prefix: String, _ count: Int) throws -> [String] {
    try withTemporaryDirectory { directory in
      let program = """
        import sys, numpy
        def text(x):
          return str(x).replace('True', 'true').replace('False', 'false')
        with open(sys.argv[3], 'w') as file:
          for number in range(int(sys.argv[2])):
            x = numpy.load(f'/dev/shm/{sys.argv[1]}-{number}')
            y = x.T[::-1] if x.ndim else x
            file.write(text(x) + '\\0' + text(y) + '\\0')
        """
      _ = try python(program, prefix, String(count), directory + "/texts")
      let text = try String(contentsOfFile: directory + "/texts", encoding: .utf8)
      return text.split(separator: "\0", omittingEmptySubsequences: false).dropLast().map(String.init)
    }
  }

  /// Mostly small; some of every rank, without elements, with rows longer than a line, or with too many elements to
  /// be shown.
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

/// How the numbers of one array are drawn.
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
      let scale = pow(10, Double(decimals))
      let number = Double.random(in: 0...100, using: &generator)
      return Number(sign * (number * scale).rounded() / scale * pow(10, Double(exponent)))
    case .wholeNumbers: return Number(sign * Double(Int.random(in: 0...2000, using: &generator)))
    case .similar:
      return Number(sign * pow(10, Double(exponent)) * Double.random(in: 1...900, using: &generator))
    case .nearLimits:
      let limit = [1e-5, 1e-4, 1e-3, 1, 1000, 1e6, 1e8, 1e16].randomElement(using: &generator)!
      let number = Number(sign * limit)
      return [number, number.nextUp, number.nextDown].randomElement(using: &generator)!
    }
  }
}
