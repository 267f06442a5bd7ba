import ComplexModule
import Foundation
import SharedArraysCore
import TestSupport
import Testing

// SAFETY: the bytes are copied while the array that owns them exists.

/// All types that an array can hold: those of `elementTypes` and the others.
private let types: [any SharedArrayElement.Type] =
  elementTypes.filter { $0 != Int.self && $0 != UInt.self }
  + [Bool.self, Complex<Float>.self, Complex<Double>.self]

@Suite struct ConversionTests {
  /// Converts edge values of every type to every type under every rule, and compares the results
  /// with a reference in exact fractions.
  @Test(.needsNumPy)
  func `every pair of types follows every rule on edge values`() throws {
    try withTemporaryDirectory { directory in
      let names = types.map { $0.elementType.name }.joined(separator: " ")
      _ = try python(edgeValues, directory, names)
      var results = Data()
      for source in types {
        for target in types { try results.append(conversions(source, target, directory)) }
      }
      try results.write(to: URL(filePath: directory + "/results"))
      #expect(try python(exactRules, directory, names) == "")
    }
  }

  /// Returns the results of all rules as bytes. Under `checked`, elements are converted one at a
  /// time, each with a byte that indicates whether it was refused.
  private func conversions<Source: SharedArrayElement, Target: SharedArrayElement>(
    _: Source.Type, _: Target.Type, _ directory: String
  ) throws -> Data {
    let source = try SharedArray<Source>.load(npy: "\(directory)/\(Source.elementType.name).npy")
    var bytes = Data()
    func append(_ array: SharedArray<Target>) {
      unsafe array.toArray().withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }
    append(try source.converted(to: Target.self, .saturating))
    append(try source.converted(to: Target.self, .truncating))
    for position in 0..<source.count {
      do throws(ConversionError) {
        append(try source.slice(position..<position + 1).converted(to: Target.self))
        bytes.append(0)
      } catch {
        #expect(error.index == [0])
        bytes.append(Data(repeating: 0, count: Target.elementType.byteCount))
        bytes.append(1)
      }
    }
    return bytes
  }

  @Test(arguments: elementTypes)
  func `views are converted in row-major order, whatever their strides`(type: NumberType) throws {
    func check<Element: SharedArrayElement & Numeric>(_: Element.Type) throws {
      for shape in shapesOfEveryRank + [[0], [3, 0], [700, 3], [3, 700], [2, 40_000]] {
        let array = try SharedArray<Element>(sampleNumbers(shape.reduce(1, *)), shape: shape)
        var views = [array, array.transposed()]
        if array.rank > 0 { views += [array[.stride(by: -1)], array.transposed()[.stride(by: -2)]] }
        for view in views {
          let result = try view.converted(to: Double.self)
          #expect(result.shape == view.shape)
          #expect(result.isContiguous)
          #expect(result.name == nil)
          #expect(result.toArray() == view.toArray().map { Double("\($0)")! })
          #expect(try result.converted(to: Element.self).toArray() == view.toArray())
          #expect(try ReadOnlySharedArray(view).converted(to: Double.self).toArray() == result.toArray())
        }
      }
    }
    try check(type)
  }

  @Test func `the error names the first element in row-major order`() throws {
    let array = try SharedArray<Double>([1, 2, 300, 4, .nan, 6], shape: [2, 3])
    func error(_ body: () throws -> Void) throws -> ConversionError {
      try #require(throws: ConversionError.self, performing: body)
    }
    let first = try error { _ = try array.converted(to: Int8.self) }
    #expect(first.code == .outOfRange)
    #expect(first.index == [0, 2])
    #expect(first.value == "300.0")
    #expect(first.source == .float64)
    #expect(first.target == .int8)
    #expect(
      first.description == "The element at [0, 2] is 300.0, which int8 cannot hold: it is out of range.")
    let other = try error { _ = try array.transposed().converted(to: Int8.self) }
    #expect(other.index == [1, 1])
    #expect(other.value == "nan")
    #expect(other.code == .notFinite)
  }

  @Test func `a faulty element deep within an array is found`() throws {
    let array = try counted([130, 1001], as: Int32.self)
    array[77, 5] = -3
    array[78, 5] = -4
    let error = try #require(throws: ConversionError.self) { try array.converted(to: UInt64.self) }
    #expect(error.index == [77, 5])
    #expect(error.value == "-3")
    let view = try #require(throws: ConversionError.self) {
      try array.transposed()[.stride(by: -1)].converted(to: UInt64.self)
    }
    #expect(view.index == [995, 77])
  }

  @Test func `the error gives the reason`() throws {
    func code<Source: SharedArrayElement, Target: SharedArrayElement>(
      _ value: Source, _: Target.Type
    ) throws -> (ConversionError.Code, String?, [Int]?) {
      let array = try SharedArray([value], shape: [])
      let error = try #require(throws: ConversionError.self) { try array.converted(to: Target.self) }
      return (error.code, error.value, error.index)
    }
    #expect(try code(0.5, Int.self) == (.fraction, "0.5", []))
    #expect(try code(Float(0.1), Int.self) == (.fraction, "0.1", []))
    #expect(try code(-Double.infinity, Int16.self) == (.notFinite, "-inf", []))
    #expect(try code(Double.nan, Bool.self) == (.notFinite, "nan", []))
    #expect(try code(2, Bool.self) == (.outOfRange, "2", []))
    #expect(try code(UInt64.max, Int64.self) == (.outOfRange, "18446744073709551615", []))
    #expect(try code(1e39, Float.self) == (.outOfRange, "1e+39", []))
    #expect(try code(70_000, Float16.self) == (.outOfRange, "70000", []))
    #expect(try code(Complex<Double>(1, 2), Double.self) == (.imaginaryPart, "(1.0, 2.0)", []))
    #expect(try code(Complex<Float>(1, .nan), Int.self) == (.imaginaryPart, "(1.0, nan)", []))
    #expect(try code(Complex<Double>(1, 1e39), Complex<Float>.self) == (.outOfRange, "(1.0, 1e+39)", []))
  }

  @Test func `a conversion that lacks memory is an error with its cause`() throws {
    let array = try SharedArray<Int8>(shape: [1]).broadcastForTest(count: 1 << 58)
    let error = try #require(throws: ConversionError.self) { try array.converted(to: Complex<Double>.self) }
    #expect(error.code == .insufficientMemory)
    #expect(error.index == nil)
    #expect(error.underlying != nil)
    #expect(error.description.contains("int8 cannot be converted to complex128: memory"))
  }

  @Test func `Int and UInt are converted like Int64 and UInt64`() throws {
    let array = try SharedArray<Int>([-1, .max, .min])
    #expect(try array.converted(to: Int64.self).toArray() == [-1, .max, .min])
    #expect(try array.converted(to: UInt.self, .truncating).toArray() == [.max, 1 << 63 - 1, 1 << 63])
    #expect(try array.converted(to: UInt.self, .saturating).toArray() == [0, 1 << 63 - 1, 0])
  }
}

extension SharedArray {
  /// Returns an array that repeats one element by a stride of 0. No real array could have this much
  /// memory.
  fileprivate func broadcastForTest(count: Int) -> SharedArray {
    SharedArray(storage: storage.view(offset: 0, shape: [count], strides: [0]))
  }
}

/// Writes the edge values of each type.
private let edgeValues = """
  import sys, numpy
  numpy.seterr(all='ignore')
  whole = sorted({s * (2**b + d) for b in (0, 1, 7, 8, 11, 15, 16, 24, 31, 32, 53, 62, 63, 64)
                  for d in (-2, -1, 0, 1, 2) for s in (1, -1)} | {65504, 65519, 65520, 65521, 2**40 + 5})
  real = [float(n) for n in whole] + [0.1, 0.5, 0.75, 1.5, -0.25, -0.0, 127.5, 255.5, -128.5, 254.999, 1e-8,
    6e-8, 3e-8, 65519.9, 1e-45, 1e-320, 5e-324, 3.4028235e38, 3.40282356e38, 3.5e38, 2.0**65 + 2.0**40, 1e19,
    2.0**116, 2.0**117 - 2.0**64, -2.0**70 - 2.0**60, 1e300, -1e300, numpy.inf, -numpy.inf, numpy.nan,
    2.0**32 + 5, -2.0**40 - 7.5, 2049.0, 2051.0, 2.0**24 + 1, 2.0**24 + 3]
  for name in sys.argv[2].split():
    kind = numpy.dtype(name)
    if kind.kind in 'iu':
      info = numpy.iinfo(kind)
      x = numpy.array([n for n in whole if info.min <= n <= info.max], kind)
    elif kind.kind == 'b': x = numpy.array([False, True])
    elif kind.kind == 'f': x = numpy.array(real).astype(kind)
    else: x = numpy.array([complex(a, b) for a in real for b in (0.0, -0.0, 1.0, numpy.nan, 1e39)]).astype(kind)
    numpy.save(f'{sys.argv[1]}/{name}.npy', x)
  """

/// Checks the results and prints the wrong ones.
private let exactRules = """
  import sys, math, numpy
  from fractions import Fraction
  numpy.seterr(all='ignore')
  def nearest(v, kind):
    # The float nearest to an exact number, ties to even.
    if isinstance(v, float) or v == 0: return float(v)
    info = numpy.finfo(kind)
    exponent = math.floor(math.log2(abs(v))) + 2
    while Fraction(2)**exponent > abs(v): exponent -= 1
    quantum = Fraction(2)**(max(exponent, info.minexp) - info.nmant)
    result = round(v / quantum) * quantum
    if abs(result) >= Fraction(2)**int(info.maxexp): return math.copysign(math.inf, v)
    return float(result) if result else math.copysign(0.0, v)
  def exact(x):
    # An integer or fraction; a float where there is none: NaN, an infinity, minus zero.
    if isinstance(x, (int, bool)): return Fraction(int(x))
    return x if not math.isfinite(x) or (x == 0 and math.copysign(1, x) < 0) else Fraction(x)
  def real(v, kind, rule):
    # The result, and whether it is refused.
    finite = not isinstance(v, float) or v == 0
    if kind.kind == 'b':
      if rule == 2: return (v != 0, False)
      if rule == 1: return (v >= 1, False)
      return (v == 1, v != 0 and v != 1)
    if kind.kind == 'f':
      result = nearest(v, kind)
      lost = finite and math.isinf(result)
      if rule == 1 and lost: result = math.copysign(float(numpy.finfo(kind).max), v)
      return (result, lost)
    info = numpy.iinfo(kind)
    low, high = int(info.min), int(info.max)
    if not finite:
      limit = 0 if v != v or rule == 2 else high if v > 0 else low
      return (limit, True)
    n = math.trunc(v)
    if rule == 0: return (n, n != v or not low <= n <= high)
    if rule == 1: return (min(max(n, low), high), False)
    n &= 2**info.bits - 1
    return (n - 2**info.bits if n > high else n, False)
  def convert(x, kind, rule):
    a, b = (exact(x.real), exact(x.imag)) if isinstance(x, complex) else (exact(x), Fraction(0))
    if kind.kind == 'c':
      part = numpy.dtype('f4' if kind.itemsize == 8 else 'f8')
      (p, s), (q, t) = real(a, part, rule), real(b, part, rule)
      return (complex(p, q), s or t)
    result, refused = real(a, kind, rule)
    if rule == 0 and b != 0: refused = True
    if rule == 2 and kind.kind == 'b': result = result or b != 0
    return (result, refused)
  def same(a, b):
    parts = lambda x: (float(x.real), float(x.imag)) if isinstance(x, complex) else (x,)
    return all(p == q and math.copysign(1, p) == math.copysign(1, q) if p == p else q != q
               for p, q in zip(parts(a), parts(b)))
  data = open(sys.argv[1] + '/results', 'rb').read()
  names, offset, wrong = sys.argv[2].split(), 0, []
  for source in names:
    values = numpy.load(f'{sys.argv[1]}/{source}.npy')
    for target in names:
      kind = numpy.dtype(target)
      for rule in (1, 2):
        found = numpy.frombuffer(data, kind, len(values), offset)
        offset += found.nbytes
        for x, y in zip(values.tolist(), found.tolist()):
          expected = convert(x, kind, rule)[0]
          if not same(expected, y): wrong.append((source, target, rule, x, y, expected))
        if rule == 2:
          # Where NumPy's result does not depend on the machine, it is ours.
          theirs = values.astype(kind)
          for x, y, z in zip(values.tolist(), found.tolist(), theirs.tolist()):
            if kind.kind in 'iu' and values.dtype.kind in 'fc' and convert(x.real, kind, 1)[0] != math.trunc(
              x.real if math.isfinite(x.real) else 0.5): continue
            if kind.kind in 'iu' and values.dtype.kind in 'fc' and not math.isfinite(x.real): continue
            if not same(z, y): wrong.append((source, target, 'numpy', x, y, z))
      checked = numpy.frombuffer(data, [('value', kind), ('refused', 'u1')], len(values), offset)
      offset += checked.nbytes
      for x, y, refused in zip(values.tolist(), checked['value'].tolist(), checked['refused'].tolist()):
        expected = convert(x, kind, 0)
        if bool(refused) != bool(expected[1]): wrong.append((source, target, 0, x, 'refused', refused))
        elif not refused and not same(expected[0], y): wrong.append((source, target, 0, x, y, expected))
  assert offset == len(data)
  for line in wrong[:20]: print(*line)
  """
