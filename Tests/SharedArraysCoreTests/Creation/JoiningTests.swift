import ComplexModule
import SharedArraysCore
import SharedArraysMemory
import TestSupport
import Testing

@Suite struct JoiningTests {
  private static let types: [any SharedArrayElement.Type] = [
    Bool.self, Int8.self, UInt64.self, Float16.self, Double.self, Complex<Double>.self,
  ]

  /// Returns the numbers from 0 on as any element type. All Booleans but the first are true, and
  /// complex numbers are real.
  private func numbered<Element: SharedArrayElement>(
    _ shape: Shape, as type: Element.Type
  ) throws -> SharedArray<Element> {
    try counted(shape).converted(to: type, .truncating)
  }

  // MARK: - Joining

  @Test(.needsNumPy, arguments: types)
  func `joined views are NumPy's`(type: any SharedArrayElement.Type) throws {
    func check<Element: SharedArrayElement>(_ type: Element.Type) throws {
      let x = try numbered([3, 4], as: type)
      let y = try numbered([2, 3, 4], as: type)
      let (z, s) = (try numbered([5], as: type), try numbered([], as: type))
      let results: [(String, any StridedArray)] = [
        ("np.concatenate([x0, x0[::-1], x0[:1]])", try concatenate([x, x[.stride(by: -1)], x[..<1]])),
        ("np.concatenate([x0[:, ::2], x0], 1)", try concatenate([x[.all, .stride(by: 2)], x], axis: 1)),
        (
          "np.concatenate([x0.T, x0.T[:, ::-1]])",
          try concatenate([x.transposed(), x.transposed()[.all, .stride(by: -1)]])
        ),
        ("np.concatenate([x0[:0], x0, x0[3:]])", try concatenate([x[..<0], x, x[3...]])),
        ("np.concatenate([x0[:0], x0[:0]], 1)", try concatenate([x[..<0], x[..<0]], axis: 1)),
        ("np.concatenate([x1, x1[:, 1:2]], 1)", try concatenate([y, y[.all, 1..<2]], axis: 1)),
        ("np.concatenate([x1, x1], 2)", try concatenate([y, y], axis: 2)),
        ("np.concatenate([x2])", try concatenate([z])),
        (
          "np.concatenate([np.broadcast_to(x2, (3, 5)), np.broadcast_to(x2[:1], (2, 5))])",
          try concatenate([z.broadcast(to: [3, 5]), z[..<1].broadcast(to: [2, 5])])
        ),
        ("np.stack([x0, x0[::-1]])", try stack([x, x[.stride(by: -1)]])),
        ("np.stack([x0, x0[::-1], x0], 1)", try stack([x, x[.stride(by: -1)], x], axis: 1)),
        ("np.stack([x0.T, x0.T], 2)", try stack([x.transposed(), x.transposed()], axis: 2)),
        ("np.stack([x0[:0], x0[:0]], 1)", try stack([x[..<0], x[..<0]], axis: 1)),
        ("np.stack([x1], 3)", try stack([y], axis: 3)),
        ("np.stack([x3, x3, x3])", try stack([s, s, s])),
        ("np.stack([x2[::2], x2[1:4]], 1)", try stack([z[.stride(by: 2)], z[1..<4]], axis: 1)),
      ]
      try NumPyComparison.check(results, of: [x, y, z, s])
    }
    try check(type)
  }

  @Test func `a joined array has its own memory`() throws {
    let x = try counted([2, 2])
    let joined = try concatenate([ReadOnlySharedArray(x)])
    joined.fill(9)
    #expect(x.toArray() == [0, 1, 2, 3])
    #expect(joined.isContiguous && joined.name == nil)
  }

  @Test func `arrays of the highest rank are joined and stacked`() throws {
    let x = try counted([1, 1, 1, 1, 1, 1, 2])
    #expect(try stack([x, x], axis: 7).shape == [1, 1, 1, 1, 1, 1, 2, 2])
    let y = x.newAxis(at: 0)
    #expect(try concatenate([y, y], axis: 3).shape == [1, 1, 1, 2, 1, 1, 1, 2])
  }

  @Test func `a result with more elements than an Int can count is an error`() throws {
    let x = try counted([1]).broadcast(to: [.max])
    #expect(memoryCode { try concatenate([x, x]) } == .tooLarge)
    #expect(memoryCode { try stack([x]) } == .tooLarge)
  }

  // MARK: - Splitting

  @Test(.needsNumPy, arguments: types)
  func `parts are NumPy's`(type: any SharedArrayElement.Type) throws {
    func check<Element: SharedArrayElement>(_ type: Element.Type) throws {
      let x = try numbered([7, 5], as: type)
      var results: [(String, any StridedArray)] = []
      func add(_ expression: String, _ parts: [SharedArray<Element>]) {
        results.append(("np.int64(len(\(expression)))", try! SharedArray([parts.count], shape: [])))
        for (n, part) in parts.enumerated() { results.append(("\(expression)[\(n)]", part)) }
      }
      for count in [1, 2, 3, 7, 9] {
        add("np.array_split(x0, \(count))", x.split(into: count))
        add("np.array_split(x0.T, \(count), 1)", x.transposed().split(into: count, axis: 1))
        add("np.array_split(x0[:, ::-1], \(count), 1)", x[.all, .stride(by: -1)].split(into: count, axis: 1))
      }
      for places in [[], [0], [3], [0, 7], [2, 2, 6], [1, 3, 7, 7]] {
        add("np.array_split(x0, \(places))", x.split(at: places))
        add(
          "np.array_split(x0.T[::-1], \(places), 1)",
          x.transposed()[.stride(by: -1)].split(at: places, axis: 1))
      }
      add("np.array_split(x0[:0], 2)", x[..<0].split(into: 2))
      add("np.array_split(x0[:, :0], 2)", x[.all, ..<0].split(into: 2))
      add("np.array_split(x0[:0], [0, 0])", x[..<0].split(at: [0, 0]))
      try NumPyComparison.check(results, of: [x])
    }
    try check(type)
  }

  @Test func `parts are views`() throws {
    let x = try counted([5])
    x.split(into: 2)[1].fill(9)
    x.split(at: [1])[0][0] = 7
    #expect(x.toArray() == [7, 1, 2, 9, 9])
    #expect(ReadOnlySharedArray(x).split(into: 2).map { $0.toArray() } == [[7, 1, 2], [9, 9]])
  }
}
