import ComplexModule
import SharedArraysCore
import SharedArraysMemory
import TestSupport
import Testing

@Suite struct ArithmeticTests {
  // MARK: - Against NumPy

  private static let types: [any ArithmeticElement.Type] = [
    Int8.self, Int16.self, Int32.self, Int64.self, UInt8.self, UInt16.self, UInt32.self, UInt64.self,
    Float16.self, Float.self, Double.self, Complex<Float>.self, Complex<Double>.self,
  ]

  /// Returns operands of all layouts. The program below contains the same in NumPy's notation.
  private func operands<Element>(
    _ x: SharedArray<Element>, _ y: SharedArray<Element>
  ) -> [(SharedArray<Element>, SharedArray<Element>)] {
    [
      (x, y), (x[.all, .stride(by: 2)], y[.all, ..<35]), (x[.stride(by: -1), .stride(by: -1)], y),
      (x, y[0]), (x[.all, 3..<4], y[1]), (x[2, 5], y), (x, y[3, 3].reshaped([])), (x[0..<0], y[0]),
      (x[.all, ..<3].transposed(), y[..<3, 1..<6]), (x[2, 5], y[0, 1]),
    ]
  }

  @Test(.needsNumPy, arguments: types)
  func `operators compute the same results as NumPy`(type: any ArithmeticElement.Type) throws {
    func check<Element: ArithmeticElement>(_ type: Element.Type) throws {
      let x = try SharedArray<Element>.create(.generated, shape: [5, 70])
      let y = try SharedArray<Element>.create(.generated, shape: [5, 70])
      let names = "\(try #require(x.name)) \(try #require(y.name))"
      #expect(try python(Self.numbers, names) == "")
      var results: [SharedArray<Element>] = []
      for (a, b) in operands(x, y) {
        for result in [try a + b, try a - b, try a * b, try a / b] {
          results.append(try SharedArray.create(.generated, shape: result.shape))
          try results[results.count - 1].update(from: result)
        }
      }
      let list = results.compactMap(\.name).joined(separator: " ")
      #expect(try python(Self.comparison, names, list) == "")
    }
    try check(type)
  }

  /// Fills two arrays. Integers have random bits, zeros and ones; other numbers include special
  /// values.
  private static let numbers = """
    import sys, numpy as np
    random = np.random.default_rng(1)
    for name in sys.argv[1].split():
      x = np.load('/dev/shm/' + name, mmap_mode='r+')
      if x.dtype.kind in 'iu':
        x[...] = np.frombuffer(random.bytes(x.nbytes), x.dtype).reshape(x.shape)
        low, high = np.iinfo(x.dtype).min, np.iinfo(x.dtype).max
        x[:, ::5] = random.choice(np.array([0, 1, low, high, -1 if low else 2], x.dtype), x[:, ::5].shape)
      else:
        x[...] = random.standard_normal(x.shape).astype(x.dtype)
        if x.dtype.kind == 'f': x[:, ::7] = random.choice([0.0, -0.0, np.inf, -np.inf, np.nan], x[:, ::7].shape)
        else: x.imag[...] = random.standard_normal(x.shape)
    """

  private static let comparison = """
    import sys, numpy as np
    np.seterr(all='ignore')
    x, y = (np.load('/dev/shm/' + name) for name in sys.argv[1].split())
    results = [np.load('/dev/shm/' + name) for name in sys.argv[2].split()]
    pairs = [(x, y), (x[:, ::2], y[:, :35]), (x[::-1, ::-1], y), (x, y[0]), (x[:, 3:4], y[1]), (x[2, 5], y),
      (x, y[3, 3]), (x[:0], y[0]), (x[:, :3].T, y[:3, 1:6]), (x[2, 5], y[0, 1])]
    def quotient(a, b):
      if x.dtype.kind not in 'iu': return np.divide(a, b)
      a, b = np.broadcast_arrays(a, b)
      bits = 8 * x.dtype.itemsize
      def one(p, q):
        p, q = int(p), int(q)
        n = 0 if q == 0 else abs(p) // abs(q) * (1 if (p < 0) == (q < 0) else -1)
        n &= (1 << bits) - 1
        return n - (1 << bits) if x.dtype.kind == 'i' and n >> (bits - 1) else n
      return np.array([one(p, q) for p, q in zip(a.ravel(), b.ravel())], x.dtype).reshape(a.shape)
    place = 0
    for number, (a, b) in enumerate(pairs):
      for compute in (np.add, np.subtract, np.multiply, quotient):
        expected, result = np.asarray(compute(a, b)), results[place]
        place += 1
        if expected.dtype != result.dtype or expected.shape != result.shape:
          print(number, compute, expected.dtype, result.dtype, expected.shape, result.shape)
        elif result.dtype.kind == 'c':
          if not np.allclose(result, expected, 1e-5 if result.dtype.itemsize == 8 else 1e-13, 0):
            print(number, compute, 'differs')
        elif not np.array_equal(result, expected, equal_nan=result.dtype.kind == 'f'):
          print(number, compute, 'differs')
    """

  // MARK: - Numbers

  @Test func `a number can be either operand`() throws {
    let x = try SharedArray([1.0, 2, 4])
    #expect(try (x + 1).toArray() == [2, 3, 5])
    #expect(try (1 - x).toArray() == [0, -1, -3])
    #expect(try (2 * x).toArray() == [2, 4, 8])
    #expect(try (4 / x).toArray() == [4, 2, 1])
    #expect(try (x / 2).toArray() == [0.5, 1, 2])
    #expect(try (ReadOnlySharedArray(x) - x).toArray() == [0, 0, 0])
  }

  @Test func `integers wrap, and a quotient by zero is zero`() throws {
    let x = try SharedArray([Int8.min, 127, -7, 5])
    #expect(try (x + 1).toArray() == [-127, -128, -6, 6])
    #expect(try (x * 2).toArray() == [0, -2, -14, 10])
    #expect(try (x / -1).toArray() == [.min, -127, 7, -5])
    #expect(try (x / 0).toArray() == [0, 0, 0, 0])
    #expect(try (x / 2).toArray() == [-64, 63, -3, 2])
  }

  @Test func `an element in an expression is a number, not an array`() throws {
    let x = try SharedArray([1.0, 2, 4])
    let third: Double = x[0] + x[1] - 2 * x[2]
    #expect(third == -5)
    x[0] += 1
    #expect(x[0] == 2)
  }

  // MARK: - In place

  @Test func `views are changed in place, and nothing else is`() throws {
    let x = try counted([3, 4])
    x[.all, 1] *= 2
    #expect(x.toArray() == [0, 2, 2, 3, 4, 10, 6, 7, 8, 18, 10, 11])
    try x[.all, 0] += x[.all, 1]
    #expect(x[.all, 0].toArray() == [2, 14, 26])
    try x -= x[0..<1]
    #expect(x.toArray() == [0, 0, 0, 0, 12, 8, 4, 4, 24, 16, 8, 8])
    x /= 4
    x += 1
    #expect(x.toArray() == [1, 1, 1, 1, 4, 3, 2, 2, 7, 5, 3, 3])
  }

  @Test(arguments: 0..<6)
  func `a right side that overlaps counts as copied first`(kind: Int) throws {
    let x = try counted([24])
    let m = x.reshaped([4, 6])
    let pairs = [
      (x[1...], x[..<23]), (x[..<23], x[1...]), (x, x), (x, x[.stride(by: -1)]), (m, m[2]),
      (m[.all, ..<4], m[.all, ..<4].transposed()),
    ]
    let (a, b) = pairs[kind]
    let expected = try (a.copy() + b.copy()).toArray()
    try a += b
    #expect(a.toArray() == expected)
  }
}
