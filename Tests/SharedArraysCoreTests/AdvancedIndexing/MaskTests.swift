import ComplexModule
import SharedArraysCore
import SharedArraysMemory
import TestSupport
import Testing

@Suite struct MaskTests {
  private static let types: [any SharedArrayElement.Type] = [
    Bool.self, Int8.self, UInt16.self, Int32.self, Float16.self, Float.self, Double.self, UInt64.self,
    Complex<Float>.self, Complex<Double>.self,
  ]

  @Test(.needsNumPy, arguments: types)
  func `elements are selected and assigned by masks as in NumPy`(type: any SharedArrayElement.Type) throws {
    func check<Element: SharedArrayElement>(_ type: Element.Type) throws {
      let x = try SharedArray<Element>(variedElements(50 * 7), shape: [50, 7])
      let y = try SharedArray<Element>(variedElements(50 * 7, seed: 2), shape: [50, 7])
      let m = try SharedArray<Bool>(variedElements(50 * 7, seed: 3), shape: [50, 7])
      var comparison = NumPyComparison()
      try comparison.input("x", x)
      try comparison.input("y", y)
      try comparison.input("m", m)
      try comparison.expect("x[m]", x.take(where: m))
      try comparison.expect("x[m[:, 3]]", x.take(where: m[.all, 3]))
      try comparison.expect("x.T[m[7]]", x.transposed().take(where: m[7]))
      try comparison.expect("x[:0][m[:0]]", x[0..<0].take(where: m[0..<0]))
      try comparison.expect("np.where(m, y, x)", x.replacing(with: y, where: m))
      try comparison.expect("np.where(m[:, 2:3], y[3], x)", x.replacing(with: y[3, .all], where: m[.all, 2]))
      try comparison.expect(
        "np.where(m.T[:, ::-1], y.T, x.T)",
        x.transposed().replacing(with: y.transposed(), where: m.transposed()[.all, .stride(by: -1)]))
      try comparison.expect("np.where(m, y[0, 0], x)", x.replacing(with: y[0, 0], where: m))

      func changed(_ body: (SharedArray<Element>) throws -> Void) throws -> SharedArray<Element> {
        let copy = try x.copy()
        try body(copy)
        return copy
      }
      func assignment(_ statement: String) -> String {
        "(lambda x: [x, exec('\(statement)', {'x': x, 'y': y, 'm': m, 'np': np})])(x.copy())[0]"
      }
      try comparison.expect(assignment("x[m] = y[1, 1]"), changed { $0.fill(y[1, 1], where: m) })
      try comparison.expect(
        assignment("x[m[:, 0]] = y[1, 1]"), changed { $0.fill(y[1, 1], where: m[.all, 0]) })
      try comparison.expect(assignment("x[m] = y[m]"), changed { try $0.update(from: y, where: m) })
      try comparison.expect(
        assignment("x.T[:, ::3][m.T[:, ::3]] = y.T[:, ::3][m.T[:, ::3]]"),
        changed {
          try $0.transposed()[.all, .stride(by: 3)].update(
            from: y.transposed()[.all, .stride(by: 3)], where: m.transposed()[.all, .stride(by: 3)])
        })
      try comparison.expect(
        assignment("x[m] = y.ravel()[:m.sum()]"),
        changed { try $0.put(y.reshaped([350])[..<m.sum()], where: m) })
      try comparison.expect(
        assignment("x[m[:, 1]] = y[:m[:, 1].sum(), ::-1]"),
        changed { try $0.put(y[..<m[.all, 1].sum(), .stride(by: -1)], where: m[.all, 1]) })
      try comparison.expect(
        assignment("x[m[:, 1]] = y[4]"), changed { try $0.put(y[4, .all], where: m[.all, 1]) })
      try comparison.check()
    }
    try check(type)
  }

  @Test func `values that overlap the array count as copied first`() throws {
    let x = try counted([8])
    try x.update(
      from: x[.stride(by: -1)], where: SharedArray([true, false, true, false, true, false, true, false]))
    #expect(x.toArray() == [7, 1, 5, 3, 3, 5, 1, 7])
    let y = try counted([6])
    try y.put(y[..<3], where: SharedArray([false, true, false, true, false, true]))
    #expect(y.toArray() == [0, 0, 2, 1, 4, 2])
    let m = try SharedArray([true, false, true, true])
    m[1...].fill(false, where: m[..<3])
    #expect(m.toArray() == [true, false, true, false])
  }

  @Test(arguments: [true, false])
  func `a mask that overlaps the filled array counts as copied first`(value: Bool) throws {
    let bytes: [Bool] = variedElements(100)
    func filled(
      _ target: (SharedArray<Bool>) -> SharedArray<Bool>, _ mask: (SharedArray<Bool>) -> SharedArray<Bool>
    )
      throws -> (result: [Bool], expected: [Bool])
    {
      let (array, other) = (try SharedArray(bytes), try SharedArray(bytes))
      target(array).fill(value, where: mask(array))
      target(other).fill(value, where: mask(try SharedArray(bytes)))
      return (array.toArray(), other.toArray())
    }
    for (result, expected) in [
      try filled({ $0[1...] }, { $0[..<99] }), try filled({ $0[..<99] }, { $0[1...] }),
      try filled({ $0 }, { $0.flipped() }), try filled({ $0.reshaped([10, 10]) }, { $0[.stride(by: 10)] }),
      try filled({ $0.reshaped([10, 10]) }, { $0.reshaped([10, 10]).transposed() }),
      try filled({ $0 }, { $0 }),
    ] {
      #expect(result == expected)
    }
  }

  @Test(
    arguments: [Int8.self, Int32.self, Double.self, Complex<Double>.self] as [any SharedArrayElement.Type])
  func `elements that a mask does not choose are not written`(type: any SharedArrayElement.Type) throws {
    // The read-only page represents a neighbour's elements.
    func check<Element: SharedArrayElement>(_ type: Element.Type) throws {
      let count = 8192
      let readOnly = try withTemporaryDirectory { directory in
        try SharedArray<Element>(shape: [count]).save(directory + "/x.npy")
        return try SharedArray<Element>.mapped(file: directory + "/x.npy", access: .readOnly)
      }
      let mask = try SharedArray<Bool>(shape: [count])
      // Any write would raise SIGSEGV.
      let array = SharedArray(storage: readOnly.storage)
      array.fill(readOnly[0], where: mask)
      try array.update(from: readOnly.copy(), where: mask)
      try array.put(readOnly[0..<0], where: mask)
    }
    try check(type)
  }
}
