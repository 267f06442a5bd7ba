import ComplexModule
import Foundation
import SharedArraysCore
import TestSupport
import Testing

/// Compares random operations on random views of arrays of random types with NumPy.
///
/// `NDARRAYS_OPERATIONS` sets the number of operations, `NDARRAYS_SEED` the first seed.
@Suite struct RandomOperationTests {
  @Test(.needsNumPy)
  func `operations on random views give the same results as NumPy`() throws {
    let seed = environmentNumber("NDARRAYS_SEED", or: 1)
    let count = environmentNumber("NDARRAYS_OPERATIONS", or: 1_000)
    // A batch shares one run of Python. Each case can be repeated alone from its own seed.
    for batch in stride(from: seed, to: seed + count, by: 250) {
      var comparison = NumPyComparison()
      for number in batch..<min(batch + 250, seed + count) {
        var draw = OperationDraw(seed: UInt64(truncatingIfNeeded: number))
        try draw.operation(into: &comparison, "NDARRAYS_SEED=\(number)")
      }
      try comparison.check()
    }
  }
}

/// Draws one operation and the NumPy expression for it.
private struct OperationDraw {
  var generator: SeededGenerator
  let seed: UInt64

  init(seed: UInt64) {
    self.seed = seed
    generator = SeededGenerator(seed: seed)
    _ = generator.next()
  }

  mutating func operation(into comparison: inout NumPyComparison, _ label: String) throws {
    let types: [any ReducibleElement.Type] = [
      Bool.self, Int8.self, Int16.self, Int32.self, Int64.self, UInt8.self, UInt16.self, UInt32.self,
      UInt64.self, Float16.self, Float.self, Double.self, Complex<Float>.self, Complex<Double>.self,
    ]
    try operation(types.randomElement(using: &generator)!, into: &comparison, label)
  }

  private mutating func operation<Element: ReducibleElement>(
    _ type: Element.Type, into comparison: inout NumPyComparison, _ label: String
  ) throws {
    let first = try ViewCase.random(longest: [1, 300, 20, 9, 6, 4, 3, 3, 2], using: &generator)
    let base = try SharedArray(smallNumbers(first.shape.reduce(1, *), as: type), shape: first.shape)
    let x = first.view(of: base)
    let names = (x: "x\(seed)", y: "y\(seed)")
    try comparison.input(names.x, base)
    let a = first.expression(of: names.x)
    let (y, b) = try partner(of: x, name: names.y, into: &comparison)
    var results = relations(x, y, a, b) + reductions(x, a)
    if let type = type as? any ArithmeticElement.Type { results += arithmetic(type, x, y, a, b) }
    if let type = type as? any OrderedNumber.Type { results += ordered(type, x, y, a, b) }
    let (text, result) = results.randomElement(using: &generator)!
    try comparison.expect("\(text)  # \(label)", result(), ulps: 2)
  }

  /// Returns numbers whose sums are exact in every type if the number of terms is small.
  private mutating func smallNumbers<Element: SharedArrayElement>(_ count: Int, as type: Element.Type)
    -> [Element]
  {
    let signed = try? SharedArray<Int8>((0..<count).map { _ in Int8.random(in: -3...3, using: &generator) })
    let magnitudes = try? signed?.converted(to: UInt8.self, .truncating).map { $0 & 3 }
    let isUnsigned = Element.elementType.name.hasPrefix("u") || Element.elementType == .bool
    let numbers =
      isUnsigned
      ? try? magnitudes?.converted(to: type, .truncating) : try? signed?.converted(to: type, .truncating)
    return numbers?.toArray() ?? []
  }

  /// Returns an array of another layout that broadcasts with `x`.
  private mutating func partner<Element: SharedArrayElement>(
    of x: SharedArray<Element>, name: String, into comparison: inout NumPyComparison
  ) throws -> (SharedArray<Element>, String) {
    let dropped = Int.random(in: 0...x.rank, using: &generator)
    let shape = Shape(
      x.shape.dropFirst(dropped).map { Int.random(in: 0..<4, using: &generator) == 0 ? 1 : $0 })
    let isTransposed = Bool.random(using: &generator)
    let memory = isTransposed ? Shape(shape.reversed()) : shape
    let array = try SharedArray(smallNumbers(memory.reduce(1, *), as: Element.self), shape: memory)
    try comparison.input(name, array)
    return isTransposed ? (array.transposed(), name + ".T") : (array, name)
  }

  private typealias Candidate = (String, () throws -> any StridedArray)

  private func relations<Element: SharedArrayElement>(
    _ x: SharedArray<Element>, _ y: SharedArray<Element>, _ a: String, _ b: String
  ) -> [Candidate] {
    [("\(a) == \(b)", { try x .== y }), ("\(b) != \(a)", { try y .!= x })]
  }

  private mutating func reductions<Element: ReducibleElement>(
    _ x: SharedArray<Element>, _ a: String
  ) -> [Candidate] {
    let axes = AxisValues(
      (0..<x.rank).filter { _ in Bool.random(using: &generator) }.shuffled(using: &generator))
    let keeps = Bool.random(using: &generator)
    let words = "axis=(\(axes.map { "\($0)," }.joined())), keepdims=\(keeps ? "True" : "False")"
    var results: [Candidate] = [
      ("np.sum(\(a), \(words))", { try x.sum(axes: axes, keepDims: keeps) }),
      ("np.prod(np.sign(\(a)), \(words))", { try x.signs().product(axes: axes, keepDims: keeps) }),
      (
        "np.mean(\(a).astype(complex if \(a).dtype.kind == 'c' else float), \(words)).astype(np.mean(\(a)).dtype)",
        { try x.mean(axes: axes, keepDims: keeps) }
      ),
      ("\(a)", { try x.copy() }),
    ]
    if Element.elementType == .bool { results.removeAll { $0.0.contains("np.sign") } }
    if x.rank > 0 {
      let axis = Int.random(in: 0..<x.rank, using: &generator)
      results.append(("np.cumsum(\(a), axis=\(axis))", { try x.cumulativeSum(axis: axis) }))
      let picked =
        x.shape[axis] == 0 ? [] : (0..<3).map { _ in Int.random(in: 0..<x.shape[axis], using: &generator) }
      results.append(
        ("np.take(\(a), np.array(\(picked), int), axis=\(axis))", { try x.take(picked, axis: axis) }))
      results.append(("\(a)[\(a) == 1]", { try x.take(where: x .== x.one()) }))
    }
    return results
  }

  private func arithmetic<Element: ArithmeticElement>(
    _ type: Element.Type, _ x: Any, _ y: Any, _ a: String, _ b: String
  ) -> [Candidate] {
    guard let x = x as? SharedArray<Element>, let y = y as? SharedArray<Element> else { return [] }
    return [
      ("\(a) + \(b)", { try x + y }), ("\(b) - \(a)", { try y - x }), ("\(a) * \(b)", { try x * y }),
      ("\(a) * \(a).dtype.type(3)", { try x * 3 }), ("-\(a)", { try -x }),
      (
        "\(a) + np.zeros_like(\(a))",
        {
          let z = try x.copy()
          try z += x
          try z -= x
          return z
        }
      ),
    ]
  }

  private func ordered<Element: OrderedNumber>(
    _ type: Element.Type, _ x: Any, _ y: Any, _ a: String, _ b: String
  ) -> [Candidate] {
    guard let x = x as? SharedArray<Element>, let y = y as? SharedArray<Element> else { return [] }
    var results: [Candidate] = [
      ("\(a) < \(b)", { try x .< y }), ("\(b) >= \(a)", { try y .>= x }), ("\(a) > 1", { try x .> 1 }),
      ("np.minimum(\(a), \(b))", { try x.map(.minimum, y) }),
      ("np.maximum(\(b), \(a))", { try y.map(.maximum, x) }),
      // NumPy 1 and 2 determine different types for an array without axes and the Python number 2.
      // Cases are drawn from any seed, so no file can record their answers. A 2 of the array's type
      // gives the same result in all versions.
      (
        "np.where(\(a) > 0, \(a), \(a).dtype.type(2))",
        { try x.replacing(with: 2, where: .!(x .> 0)) }
      ),
    ]
    if !x.isEmpty {
      results.append(("np.asarray(np.argmax(\(a)))", { try SharedArray([x.argMax()], shape: []) }))
      for axis in 0..<x.rank {
        results.append(("np.max(\(a), axis=\(axis))", { try x.max(axis: axis) }))
        results.append(("np.argmin(\(a), axis=\(axis))", { try x.argMin(axis: axis) }))
      }
    }
    return results
  }
}

extension SharedArray {
  /// The element 1.
  fileprivate func one() throws -> Element {
    try SharedArray<Int8>([1]).converted(to: Element.self)[0]
  }

  /// Returns -1, 0 or 1 for each element, like NumPy's `sign` of real numbers.
  fileprivate func signs() throws -> SharedArray {
    let numbers = try converted(to: Complex<Double>.self)
    let signs = try numbers.map { z in z.real == 0 ? Complex(0.0) : Complex(z.real > 0 ? 1 : -1) }
    return try signs.converted(to: Element.self)
  }
}
