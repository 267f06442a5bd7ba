import SharedArrays

extension Arrays {
  /// Returns the operations of every element type.
  static func groups(_ n: Int) throws -> [Group] {
    var groups: [Group] = []
    groups.append(try truths(n))
    groups.append(try integers(Int8.self, n))
    groups.append(try integers(Int16.self, n))
    groups.append(try integers(Int32.self, n))
    groups.append(try integers(Int64.self, n))
    groups.append(try integers(UInt8.self, n))
    groups.append(try integers(UInt16.self, n))
    groups.append(try integers(UInt32.self, n))
    groups.append(try integers(UInt64.self, n))
    groups.append(try floats(Float16.self, n))
    groups.append(try floats(Float.self, n))
    groups.append(try floats(Double.self, n))
    groups.append(try complexes(Complex<Float>.self, n))
    groups.append(try complexes(Complex<Double>.self, n))
    return groups
  }

  /// Returns the NumPy statements that create the arrays.
  ///
  /// x contains 1, 2, … 7, 1, …, y ones, and z zeros. t is written. Updates of t with y and z do
  /// not change its elements.
  private static func setUp(_ dtype: String, _ n: Int) -> String {
    "x = (np.arange(\(n)) % 7 + 1).astype('\(dtype)'); y = np.ones(\(n), '\(dtype)'); z = y * 0; t = x.copy(); "
      + "m = np.arange(\(n)) % 3 == 0; i = (np.arange(\(n)) * 7919) % \(n)"
  }

  @inline(never) private static func use<Value>(_ value: Value) {}

  private static func filled<Element: SharedArrayElement>(
    _ n: Int, _ element: (Int) -> Element
  ) throws -> SharedArray<Element> {
    let array = try SharedArray<Element>(shape: [n])
    for index in 0..<n { array[index] = element(index) }
    return array
  }

  @inline(__always)
  private static func common<Element: SharedArrayElement & ReducibleElement>(
    _ x: SharedArray<Element>, _ y: SharedArray<Element>, _ n: Int
  ) throws -> [Operation] {
    let t = try x.copy()
    let mask = try filled(n) { $0 % 3 == 0 }
    let indices = try filled(n) { $0 * 7919 % n }
    let first = x[0]
    return [
      Operation("np.sum(x)") { use(x.sum()) },
      Operation("np.mean(x)") { use(x.mean()) },
      Operation("np.var(x)") { use(x.variance()) },
      Operation("np.cumsum(x)") { use(try x.cumulativeSum()) },
      Operation("t[...] = x") { try t.update(from: x) },
      Operation("t.fill(x[0])") { t.fill(first) },
      Operation("x.copy()") { use(try x.copy()) },
      Operation("x == y") { use(try x .== y) },
      Operation("x[m]") { use(try x.take(where: mask)) },
      Operation("np.where(m, x, y)") { use(try y.replacing(with: x, where: mask)) },
      Operation("np.putmask(t, m, x)") { try t.update(from: x, where: mask) },
      Operation("np.take(x, i)") { use(try x.take(indices)) },
    ]
  }

  @inline(__always)
  private static func ordered<Element: ArithmeticElement & OrderedElement>(
    _ x: SharedArray<Element>, _ y: SharedArray<Element>, _ n: Int
  ) throws -> [Operation] {
    let table = x.reshaped([n / 10, 10])
    let wide = x.reshaped([10, n / 10])
    let t = try x.copy()
    return [
      Operation("np.min(x)") { use(x.min()) },
      Operation("np.max(x)") { use(x.max()) },
      Operation("np.argmin(x)") { use(x.argMin()) },
      Operation("np.argmax(x)") { use(x.argMax()) },
      Operation("x.reshape(-1, 10).sum(axis=0)") { use(try table.sum(axis: 0)) },
      Operation("x.reshape(-1, 10).sum(axis=1)") { use(try table.sum(axis: 1)) },
      Operation("x.reshape(10, -1).sum(axis=0)") { use(try wide.sum(axis: 0)) },
      Operation("x.reshape(10, -1).max(axis=1)") { use(try wide.max(axis: 1)) },
      Operation("x < y") { use(try x .< y) },
      Operation("x < 3") { use(try x .< 3) },
      Operation("np.minimum(t, x, out=t)") { try t.update(.minimum, x) },
    ]
  }

  @inline(__always)
  private static func arithmetic<Element: ArithmeticElement & ReducibleElement>(
    _ x: SharedArray<Element>, _ y: SharedArray<Element>, _ one: Element
  ) throws -> [Operation] {
    let (t, z) = try (x.copy(), x - x)
    let zero = one - one
    return [
      Operation("np.prod(y)") { use(y.product()) },
      Operation("np.dot(x, y)") { use(x.dot(y)) },
      Operation("x + y") { use(try x + y) },
      Operation("t += z") { try t += z },
      Operation("t -= z") { try t -= z },
      Operation("t *= y") { try t *= y },
      Operation("t += 0") { t += zero },
      Operation("t *= 1") { t *= one },
      Operation("-x") { use(try -x) },
    ]
  }

  private static func truths(_ n: Int) throws -> Group {
    let x = try filled(n) { _ in true }
    let y = try filled(n) { _ in false }
    return Group(
      dtype: "bool",
      setUp: setUp("bool", n).replacing("np.ones", with: "np.zeros"),
      operations: try common(x, y, n) + [
        Operation("x.all()") { use(x.all()) },
        Operation("y.any()") { use(y.any()) },
        Operation("x & y") { use(try x .& y) },
        Operation("~x") { use(try .!x) },
        Operation("np.count_nonzero(x)") { use(x.sum()) },
      ])
  }

  @inline(__always)
  private static func integers<Element>(
    _ type: Element.Type, _ n: Int
  ) throws -> Group where Element: ArithmeticElement & OrderedElement & FixedWidthInteger {
    let x = try filled(n) { Element($0 % 7 + 1) }
    let y = try filled(n) { _ in Element(1) }
    let t = try x.copy()
    return Group(
      dtype: type.elementType.name, setUp: setUp(type.elementType.name, n),
      operations: try common(x, y, n) + ordered(x, y, n) + arithmetic(x, y, 1) + [
        Operation("t //= y") { try t /= y },
        Operation("np.fmod(x, y)") { use(try x % y) },
      ])
  }

  @inline(__always)
  private static func floats<Element>(
    _ type: Element.Type, _ n: Int
  ) throws -> Group where Element: ArithmeticElement & OrderedElement & BinaryFloatingPoint {
    let x = try filled(n) { Element($0 % 7 + 1) }
    let y = try filled(n) { _ in Element(1) }
    let t = try x.copy()
    let functions: [(String, UnaryFunction<Element>)] = [
      ("sqrt", .squareRoot), ("abs", .magnitude), ("floor", .floor), ("exp", .exp), ("log", .log),
      ("sin", .sin),
      ("tanh", .tanh), ("expm1", .expMinusOne), ("arctan", .atan),
    ]
    return Group(
      dtype: type.elementType.name, setUp: setUp(type.elementType.name, n),
      operations: try common(x, y, n) + ordered(x, y, n) + arithmetic(x, y, 1) + [
        Operation("np.nansum(x)") { use(x.sum(ignoringNaN: true)) },
        Operation("np.linalg.norm(x)") { use(x.norm()) },
        Operation("t /= y") { try t /= y },
        Operation("np.power(x, 1.5)") { use(try x.map(.power, 1.5)) },
      ] + functions.map { name, function in Operation("np.\(name)(x)") { use(try x.map(function)) } })
  }

  @inline(__always)
  private static func complexes<Part>(
    _ type: Complex<Part>.Type, _ n: Int
  ) throws -> Group where Part: ComplexPart & ReducibleElement {
    let x = try filled(n) { Complex(Part($0 % 7 + 1), 0) }
    let y = try filled(n) { _ in Complex(Part(1), 0) }
    let t = try x.copy()
    return Group(
      dtype: type.elementType.name, setUp: setUp(type.elementType.name, n),
      operations: try common(x, y, n) + arithmetic(x, y, 1) + [
        Operation("t /= y") { try t /= y }
      ])
  }
}
