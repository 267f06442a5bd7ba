import SharedArraysCore
import TestSupport
import Testing

@Suite struct PromotionTests {
  @Test(.needsNumPy)
  func `any two types are promoted as by NumPy's result_type`() throws {
    let names = ElementType.allCases.map(\.name)
    let program = """
      import sys, numpy
      for a in sys.argv[1].split():
        print(*(numpy.result_type(numpy.dtype(a), numpy.dtype(b)).name for b in sys.argv[1].split()))
      """
    let rows = try python(program, names.joined(separator: " ")).split(separator: "\n")
    #expect(rows.count == 14)
    for (first, row) in zip(ElementType.allCases, rows) {
      for (second, result) in zip(ElementType.allCases, row.split(separator: " ")) {
        #expect(first.promoted(with: second).name == String(result), "\(first) with \(second)")
      }
    }
  }

  @Test func `promotion is symmetric, and a type with itself gives that type`() {
    for first in ElementType.allCases {
      #expect(first.promoted(with: first) == first)
      for second in ElementType.allCases {
        #expect(first.promoted(with: second) == second.promoted(with: first))
      }
    }
  }

  @Test func `only complex types are complex and only floating-point types are floating-point`() {
    #expect(ElementType.allCases.filter(\.isComplex) == [.complex64, .complex128])
    #expect(ElementType.allCases.filter(\.isFloatingPoint) == [.float16, .float32, .float64])
  }
}
