import SharedArraysCore
import SharedArraysMemory
import TestSupport
import Testing

@Suite struct SortingTests {
  static let types: [any OrderedElement.Type] = [
    Bool.self, Int8.self, Int16.self, Int32.self, Int64.self, UInt8.self, UInt16.self, UInt32.self,
    UInt64.self, Float16.self, Float.self, Double.self,
  ]

  /// Extents on both sides of the limits at which the sorting algorithm of lanes changes.
  private static let shapes: [Shape] = [[16, 17, 3], [5, 32], [33, 4], [1, 1], [2, 700], [3000]]

  @Test(.needsNumPy, arguments: types)
  func `elements and their positions are in NumPy's order`(type: any OrderedElement.Type) throws {
    func check<Element: OrderedElement>(_ type: Element.Type) throws {
      var comparison = NumPyComparison()
      for (seed, shape) in zip(1..., Self.shapes) {
        let x = try SharedArray<Element>(variedElements(shape.reduce(1, *), seed: UInt64(seed)), shape: shape)
        let name = "x\(seed)"
        try comparison.input(name, x)
        for (text, y) in [(name, x), ("\(name).T", x.transposed()), ("\(name)[::-2]", x[.stride(by: -2)])] {
          for axis in 0..<y.rank {
            try comparison.expect("np.sort(\(text), axis=\(axis))", y.sorted(axis: axis))
            try comparison.expect(
              "np.argsort(\(text), axis=\(axis), kind='stable')", y.argSort(axis: axis))
          }
          try comparison.expect("np.sort(\(text), axis=None)", y.sorted())
          try comparison.expect("np.argsort(\(text), axis=None, kind='stable')", y.argSort())
        }
        try comparison.expect("np.sort(\(name)[:0])", x[0..<0].sorted(axis: x.rank - 1))
        try comparison.expect("np.argsort(\(name)[:0], axis=0)", x[0..<0].argSort(axis: 0))
      }
      try comparison.check()
    }
    try check(type)
  }

  @Test(.needsNumPy, arguments: types)
  func `a view is sorted in place and nothing beside it changes`(type: any OrderedElement.Type) throws {
    func check<Element: OrderedElement>(_ type: Element.Type) throws {
      let x = try SharedArray<Element>(variedElements(40 * 50), shape: [40, 50])
      var comparison = NumPyComparison()
      try comparison.input("x", x)
      let (rows, columns) = (try x.copy(), try x.copy())
      try rows[.all, .stride(by: -2)].sort(axis: 1)
      try columns[1..., 3..<9].sort(axis: 0)
      func changed(_ statement: String) -> String {
        "(lambda x: [x, exec('\(statement)', {'x': x})])(x.copy())[0]"
      }
      try comparison.expect(changed("x[:, ::-2].sort(axis=1)"), rows)
      try comparison.expect(changed("x[1:, 3:9].sort(axis=0)"), columns)
      try comparison.check()
    }
    try check(type)
  }

  @Test(arguments: [3, 20, 100])
  func `NaN of either sign comes last, and a negative zero before a positive zero`(count: Int) throws {
    let numbers = (0..<count).flatMap { _ in [Double.nan, 0, -.nan, -0.0, .infinity, -1] }
    let sorted = try SharedArray(numbers).sorted()
    #expect(sorted[0..<count].toArray() == [Double](repeating: -1, count: count))
    #expect(sorted[count..<2 * count].elements.allSatisfy { $0 == 0 && $0.sign == .minus })
    #expect(sorted[2 * count..<3 * count].elements.allSatisfy { $0 == 0 && $0.sign == .plus })
    #expect(sorted[4 * count..<6 * count].elements.allSatisfy { $0.isNaN })
  }

  @Test func `positions of equal elements keep their order, zeros of both signs among them`() throws {
    let x = try SharedArray<Float>((0..<200).map { [0, -0.0, -1, .nan][$0 % 4] })
    let positions = try x.argSort().toArray()
    let zeros = (0..<200).filter { $0 % 4 < 2 }
    #expect(positions == Array(stride(from: 2, to: 200, by: 4)) + zeros + stride(from: 3, to: 200, by: 4))
  }

  @Test func `a Boolean with any byte but 0 comes after false`() throws {
    let bytes = try SharedBlock.create(.generated, byteCount: 64)
    let x = try SharedArray<UInt8>(on: bytes, shape: [64])
    for place in 0..<64 { x[place] = UInt8(place % 3 * 100) }
    let sorted = try SharedArray<Bool>(on: bytes, shape: [64]).sorted()
    #expect(sorted.toArray() == (0..<64).map { $0 >= 22 })
    #expect(try sorted.unique().toArray() == [false, true])
    try bytes.unlink()
  }

  @Test func `a broadcast array is sorted into a new array`() throws {
    let x = try SharedArray([3, 1, 2]).broadcast(to: [4, 3])
    #expect(try x.sorted().toArray() == [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3])
    #expect(try x.sorted(axis: 1)[3, .all].toArray() == [1, 2, 3])
    #expect(try x.argSort(axis: 0)[.all, 1].toArray() == [0, 1, 2, 3])
  }

  @Test(.needsNumPy, arguments: types)
  func `distinct elements are those of NumPy`(type: any OrderedElement.Type) throws {
    func check<Element: OrderedElement>(_ type: Element.Type) throws {
      let x = try SharedArray<Element>(variedElements(600), shape: [20, 30])
      var comparison = NumPyComparison()
      try comparison.input("x", x)
      try comparison.expect("np.unique(x)", x.unique())
      try comparison.expect("np.unique(x[::3, 1])", x[.stride(by: 3), 1].unique())
      try comparison.expect("np.unique(x[0, 0])", x[0, 0..<1].unique())
      try comparison.expect("np.unique(x[:0])", x[0..<0].unique())
      try comparison.check()
    }
    try check(type)
  }
}
