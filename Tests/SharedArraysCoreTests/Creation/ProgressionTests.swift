import SharedArraysCore
import SharedArraysMemory
import TestSupport
import Testing

@Suite struct ProgressionTests {
  // MARK: - arange

  @Test(
    .needsNumPy,
    arguments: [
      Int8.self, Int16.self, Int32.self, Int64.self, Int.self, UInt8.self, UInt16.self, UInt32.self,
      UInt64.self,
    ] as [any IntegerNumber.Type])
  func `ranges of integers are Python's, also at the ends of the type`(
    type: any IntegerNumber.Type
  ) throws {
    func check<Element: IntegerNumber>(_ type: Element.Type) throws {
      let (low, high) = (Element.min, Element.max)
      var triples: [(Element, Element, Element)] = [
        (0, 10, 3), (0, 9, 3), (1, 10, 100), (5, 5, 1), (7, 5, 1), (high, low, 1), (high - 5, high, 2),
        (low, high, high), (low, high, high / 2), (high - 1, high, high), (low, low + 7, 3), (low, low, 1),
      ]
      if Element.isSigned {
        let minus: Element = 0 - 1
        triples += [
          (10, 0, minus), (10, 0, 3 * minus), (0, 10, minus), (high, low, low), (high, low, low + 1),
          (low + 6, low, 5 * minus), (0, low, low), (low, high, low), (high, high - 3, low),
        ]
      }
      let results = try triples.map { from, to, by in
        (
          "np.array(list(range(\(from), \(to), \(by))), np.\(type.elementType.name))",
          try SharedArray.arange(from: from, to: to, by: by)
        )
      }
      try NumPyComparison.check(results)
    }
    try check(type)
  }

  @Test func `short forms start at 0 and have steps of 1`() throws {
    #expect(try SharedArray.arange(4).toArray() == [0, 1, 2, 3])
    #expect(try SharedArray.arange(2.5).toArray() == [0, 1, 2])
    #expect(try SharedArray<Float>.arange(3).toArray() == [0, 1, 2])
    #expect(try SharedArray.arange(from: 2, to: 5).toArray() == [2, 3, 4])
    #expect(try SharedArray.arange(to: 5, by: 2).toArray() == [0, 2, 4])
    #expect(try SharedArray.arange(-1).shape == [0])
    #expect(try SharedArray<UInt8>.arange(255).toArray() == Array(0..<255))
  }

  private static let steps: [(Double, Double, Double)] = [
    (0, 1, 0.1), (0, 7, 0.7), (1, 2, 0.25), (0, 1, 0.3), (1, 1.3, 0.1), (5, -5, -0.75), (0, 0, 1), (0, 5, -1),
    (3, 0, 1), (-2.5, 100, 12.5), (0, 1, 1000), (0, -1, -1000), (0, 1, .infinity), (0, -1, .infinity),
    (0, 10, 0.01), (2, 2, -.infinity), (0, .leastNonzeroMagnitude, 1), (-0.5, 0, 0.125),
  ]

  @Test(.needsNumPy)
  func `ranges of doubles have NumPy's length and do not accumulate rounding errors`() throws {
    let elements = "np.concatenate([[a], a + np.arange(1, 2000) * c])[:len(np.arange(a, b, c))]"
    try NumPyComparison.check(
      Self.steps.map { from, to, by in
        (
          "(lambda a, b, c: \(elements))(\(from), \(to), float('\(by)'))",
          try SharedArray.arange(from: from, to: to, by: by)
        )
      })
  }

  @Test(
    .needsNumPy,
    arguments: [Float16.self, Float.self] as [any FloatingPointNumber.Type])
  func `ranges of smaller types have NumPy's length for the type`(
    type: any FloatingPointNumber.Type
  ) throws {
    func check<Element: FloatingPointNumber>(_ type: Element.Type) throws {
      let count = "1 if q == 0 and a != b and not np.signbit(q) else max(0, int(np.ceil(q)))"
      let elements = "np.concatenate([[a], np.float64(a) + np.arange(1, 2000) * np.float64(c)])"
      let progression = "(lambda a, b, c: (lambda q: \(elements)[:\(count)].astype(a.dtype))((b - a) / c))"
      try NumPyComparison.check(
        Self.steps.map { from, to, by in
          let bounds = [from, to, by].map { "np.\(type.elementType.name)('\($0)')" }.joined(separator: ", ")
          let array = try SharedArray.arange(from: Element(from), to: Element(to), by: Element(by))
          return ("\(progression)(\(bounds))", array)
        })
    }
    try check(type)
  }

  @Test func `ranges wider than the largest number of the type are computed`() throws {
    let wide = try SharedArray<Float16>.arange(from: -60000, to: 60000, by: 20000)
    #expect(wide.toArray() == [-60000, -40000, -20000, 0, 20000, 40000])
    let largest = Double.greatestFiniteMagnitude
    #expect(
      try SharedArray.arange(from: -largest, to: largest, by: largest / 2).toArray()
        == [-largest, -largest / 2, 0, largest / 2])
    #expect(try SharedArray.arange(from: largest, to: -largest, by: 1).isEmpty)
  }

  @Test func `a range of more numbers than memory holds is an error`() {
    #expect(memoryCode { try SharedArray<UInt64>.arange(.max) } == .tooLarge)
    #expect(memoryCode { try SharedArray.arange(1e300) } == .tooLarge)
    #expect(memoryCode { try SharedArray.arange(from: Int.min, to: .max) } == .tooLarge)
  }

  // MARK: - linspace

  @Test(
    .needsNumPy,
    arguments: [Float16.self, Float.self, Double.self]
      as [any FloatingPointNumber.Type])
  func `evenly spaced numbers are NumPy's`(
    type: any FloatingPointNumber.Type
  ) throws {
    func check<Element: FloatingPointNumber>(_ type: Element.Type) throws {
      var results: [(String, any StridedArray)] = []
      for (start, end) in [(0.0, 1.0), (1, 0), (-3, 7), (2, 2), (0.1, 0.7), (-1000, 1e-3)] {
        let (a, b) = (Element(start), Element(end))
        let name = "np.\(type.elementType.name)"
        let bounds = "float(\(name)(\(start))), float(\(name)(\(end)))"
        for count in [0, 1, 2, 3, 7, 50, 1000] {
          let through = try SharedArray.linspace(from: a, through: b, count: count)
          let to = try SharedArray.linspace(from: a, to: b, count: count)
          results.append(("np.linspace(\(bounds), \(count), dtype=\(name))", through))
          results.append(("np.linspace(\(bounds), \(count), False, dtype=\(name))", to))
          if count > 1 { #expect(through[count - 1] == b) }
        }
      }
      try NumPyComparison.check(results)
    }
    try check(type)
  }

  @Test func `evenly spaced numbers between the largest numbers are finite`() throws {
    let largest = Double.greatestFiniteMagnitude
    #expect(
      try SharedArray.linspace(from: -largest, through: largest, count: 5).toArray()
        == [-largest, -largest / 2, 0, largest / 2, largest])
    #expect(
      try SharedArray.linspace(from: largest, to: -largest, count: 4).toArray()
        == [largest, largest / 2, 0, -largest / 2])
    let half = Float16.greatestFiniteMagnitude
    #expect(try SharedArray.linspace(from: -half, through: half, count: 3).toArray() == [-half, 0, half])
  }
}
