import ComplexModule
import SharedArraysCore
import TestSupport
import Testing

@Suite struct TakingTests {
  private static let types: [any SharedArrayElement.Type] = [
    Bool.self, Int8.self, UInt16.self, Float16.self, Float.self, Double.self, Complex<Double>.self,
  ]

  @Test(.needsNumPy, arguments: types)
  func `elements are taken and put by index as in NumPy`(type: any SharedArrayElement.Type) throws {
    func check<Element: SharedArrayElement>(_ type: Element.Type) throws {
      let x = try SharedArray<Element>(variedElements(5 * 7 * 3), shape: [5, 7, 3])
      let y = try SharedArray<Element>(variedElements(5 * 7 * 3, seed: 2), shape: [5, 7, 3])
      let i = try SharedArray([3, 0, 2, 2, 1, 0], shape: [2, 3])
      var comparison = NumPyComparison()
      try comparison.input("x", x)
      try comparison.input("y", y)
      try comparison.input("i", i)
      for (axis, picked) in [(0, [4, 0, 4]), (1, [6, 2]), (2, [1]), (1, [])] {
        let words = "np.array(\(picked), int)"
        try comparison.expect("np.take(x, \(words), axis=\(axis))", x.take(picked, axis: axis))
        try comparison.expect(
          "np.take(x.T[::-1], \(words), axis=\(2 - axis))",
          x.transposed()[.stride(by: -1)].take(picked, axis: 2 - axis))
      }
      try comparison.expect("np.take(x, i, axis=1)", x.take(i, axis: 1))
      try comparison.expect("np.take(x[0, :, 0], i.T, axis=0)", x[0, .all, 0].take(i.transposed(), axis: 0))
      try comparison.expect("np.take(x, i + 50)", x.take(i + 50))
      try comparison.expect(
        "np.take(x.transpose(1, 0, 2), [104, 0, 33])", x.transposed([1, 0, 2]).take([104, 0, 33]))

      func changed(_ body: (SharedArray<Element>) throws -> Void) throws -> SharedArray<Element> {
        let copy = try x.copy()
        try body(copy)
        return copy
      }
      func assignment(_ statement: String) -> String {
        "(lambda x: [x, exec('\(statement)', {'x': x, 'y': y, 'np': np})])(x.copy())[0]"
      }
      try comparison.expect(
        assignment("x[:, [1, 4, 1]] = y[:, :3]"),
        changed { try $0.put(y[.all, ..<3], at: [1, 4, 1], axis: 1) })
      try comparison.expect(
        assignment("x[[0, 3]] = y[2]"), changed { try $0.put(y[2, .all], at: [0, 3], axis: 0) })
      try comparison.expect(
        assignment("x[:, :, [2]] = y[0, 0, 0]"), changed { $0.put(y[0, 0, 0], at: [2], axis: 2) })
      try comparison.expect(
        assignment("x.T[:, ::-1].flat[[7, 100, 7]] = y[0, 0]"),
        changed { try $0.transposed()[.all, .stride(by: -1)].put(y[0, 0, .all], at: [7, 100, 7]) })
      try comparison.expect(
        assignment("x.flat[[7, 100]] = y[1, 1, 1]"), changed { $0.put(y[1, 1, 1], at: [7, 100]) })
      try comparison.expect("np.argwhere(x)", x.nonZeroIndices())
      try comparison.expect("np.argwhere(x.T[:, ::2])", x.transposed()[.all, .stride(by: 2)].nonZeroIndices())
      try comparison.expect("np.argwhere(x[:, :0])", x[.all, 0..<0].nonZeroIndices())
      try comparison.check()
    }
    try check(type)
  }

  @Test func `values that overlap the array count as copied first`() throws {
    let x = try counted([4, 2])
    try x.put(x[.stride(by: -1)], at: [0, 1, 2, 3], axis: 0)
    #expect(x.toArray() == [6, 7, 4, 5, 2, 3, 0, 1])
    let y = try counted([5])
    try y.put(y[.stride(by: -1)], at: [0, 1, 2, 3, 4])
    #expect(y.toArray() == [4, 3, 2, 1, 0])
  }

  /// Returns a collection of positions that is empty when it is first iterated, and has `count`
  /// elements from then on.
  private func growing(_ count: Int) -> some Collection<Int> {
    var calls = 0
    return (0..<count).lazy.filter { _ in
      calls += 1
      return calls > count
    }
  }

  @Test func `a collection that returns more indices each time is iterated once`() throws {
    let x = try counted([100])
    #expect(try x.take(growing(50)).isEmpty)
    #expect(try x.take(growing(50), axis: 0).isEmpty)
    let none = try SharedArray<Int>(shape: [0])
    try x.put(none, at: growing(50))
    try x.put(none, at: growing(50), axis: 0)
    x.put(-1, at: growing(50))
    x.put(-1, at: growing(50), axis: 0)
    #expect(Array(x.toArray()[50...]) == Array(50..<100))
  }
}
