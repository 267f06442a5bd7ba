import ComplexModule
import SharedArraysCore
import TestSupport
import Testing

@Suite struct AddingTests {
  private static let types: [any ArithmeticElement.Type] = [
    Int8.self, Int16.self, Int32.self, Int64.self, UInt8.self, UInt16.self, UInt32.self, UInt64.self,
    Float16.self, Float.self, Double.self, Complex<Float>.self, Complex<Double>.self,
  ]

  @Test(.needsNumPy, arguments: types)
  func `an element named several times gets every value, as with NumPy's add.at`(
    type: any ArithmeticElement.Type
  ) throws {
    func check<Element: ArithmeticElement>(_ type: Element.Type) throws {
      let x = try SharedArray<Element>(variedElements(5 * 6), shape: [5, 6])
      let y = try SharedArray<Element>(variedElements(40, seed: 2), shape: [10, 4])
      let i = try SharedArray<Int>(shape: [10, 4]) { index in (index[0] * 7 + index[1] * 5) % 30 }
      var comparison = NumPyComparison()
      for (name, array) in [("x", x), ("y", y)] { try comparison.input(name, array) }
      try comparison.input("i", i)
      func changed(_ body: (SharedArray<Element>) throws -> Void) throws -> SharedArray<Element> {
        let copy = try x.copy()
        try body(copy)
        return copy
      }
      func statement(_ text: String) -> String {
        "(lambda x: [x, exec('\(text)', {'x': x, 'y': y, 'i': i, 'np': np})])(x.copy())[0]"
      }
      try comparison.expect(
        statement("np.add.at(x.reshape(-1), i, y)"), changed { try $0.add(y, at: i) })
      // NumPy 2.4 reads past the end of values that it has to broadcast here, so it gets broadcast
      // values.
      try comparison.expect(
        statement("np.add.at(x.reshape(-1)[::-1], i.T[::2], np.stack([y[:, 0]] * 2))"),
        changed { try $0.reshaped([-1])[.stride(by: -1)].add(y[.all, 0], at: i.transposed()[.stride(by: 2)]) }
      )
      try comparison.expect(
        statement("np.add.at(x, (i[:5] % 25 // 5, i[:5] % 25 % 5), y[:5])"),
        changed { try $0[.all, ..<5].add(y[..<5], at: i[..<5] % 25) }
      )
      try comparison.expect(
        statement("np.add.at(x.reshape(-1), i, x.dtype.type(3))"), changed { $0.add(3, at: i) })
      try comparison.expect(
        statement("np.add.at(x.reshape(-1), [4, 29, 4], y[:3, 1])"),
        changed { try $0.add(y[..<3, 1], at: [4, 29, 4]) })
      try comparison.expect(
        statement("np.add.at(x, [4, 0, 4], y[:3, :1])"),
        changed { try $0.add(y[..<3, 0..<1], at: [4, 0, 4], axis: 0) })
      try comparison.expect(
        statement("np.add.at(x.T, [5, 5], y[0, 0])"),
        changed { try $0.add(y[0, 0..<1], at: [5, 5], axis: 1) })
      try comparison.check()
    }
    try check(type)
  }

  @Test func `counting positions gives NumPy's bincount`() throws {
    let bins = try SharedArray([1, 3, 1, 0, 1])
    let counts = try SharedArray<Int>(shape: [5])
    counts.add(1, at: bins)
    #expect(counts.toArray() == [1, 3, 0, 1, 0])
  }

  @Test func `values and positions that overlap the array count as copied first`() throws {
    let x = try SharedArray([1, 2, 0, 3])
    try x.add(x, at: x)
    #expect(x.toArray() == [1, 3, 2, 6])
    let y = try SharedArray([[1, 2], [3, 4]])
    try y.add(y[.stride(by: -1)], at: [0, 0], axis: 0)
    #expect(y.toArray() == [5, 8, 3, 4])
  }

  @Test(.needsNumPy)
  func `elements are put at the positions in an array`() throws {
    let x = try SharedArray<Double>(variedElements(30), shape: [5, 6])
    let y = try SharedArray<Double>(variedElements(12, seed: 2), shape: [4, 3])
    let i = try SharedArray<Int>(shape: [4, 3]) { index in (index[0] * 7 + index[1] * 8) % 30 }
    var comparison = NumPyComparison()
    try comparison.input("x", x)
    try comparison.input("y", y)
    try comparison.input("i", i)
    let (all, one) = (try x.copy(), try x.copy())
    try all.transposed().put(y, at: i)
    one.put(8, at: i)
    func changed(_ text: String) -> String {
      "(lambda x: [x, exec('\(text)', {'x': x, 'y': y, 'i': i})])(x.copy())[0]"
    }
    try comparison.expect(changed("x.T.flat[i.ravel()] = y.ravel()"), all)
    try comparison.expect(changed("x.flat[i.ravel()] = 8"), one)
    try comparison.check()
  }
}
