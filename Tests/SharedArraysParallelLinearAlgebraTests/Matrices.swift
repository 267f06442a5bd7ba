import ComplexModule
import Multiprocessing
import RealModule
import SharedArraysCore
import SharedArraysLinearAlgebra
import TestSupport
import Testing

/// A number that tests make from two small integers, and take apart.
protocol TestNumber: ProductElement {
  init(real: Int, imaginary: Int)
  var parts: [Double] { get }
}

extension Float: TestNumber {
  init(real: Int, imaginary: Int) { self = Float(real) }
  var parts: [Double] { [Double(self)] }
}

extension Double: TestNumber {
  init(real: Int, imaginary: Int) { self = Double(real) }
  var parts: [Double] { [self] }
}

extension Complex: TestNumber where RealType: BLASElement & ComplexPart {
  init(real: Int, imaginary: Int) { self = Complex(RealType(real), RealType(imaginary)) }
  var parts: [Double] { [Double(real), Double(imaginary)] }
}

/// The element types, as arguments of tests.
enum Kind: String, CaseIterable, Codable {
  case float32, float64, complex64, complex128

  func run(_ body: (any TestNumber.Type) throws -> Void) rethrows {
    switch self {
    case .float32: try body(Float.self)
    case .float64: try body(Double.self)
    case .complex64: try body(Complex<Float>.self)
    case .complex128: try body(Complex<Double>.self)
    }
  }
}

/// An array of small integers, in which no two neighbours are the same: products of them are exact
/// in every element type, in whatever order they are summed.
func integers<Element: TestNumber>(_ shape: Shape, seed: Int, of _: Element.Type = Element.self) throws
  -> SharedArray<Element>
{
  let array = try SharedArray<Element>(shape: shape)
  var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 | 1
  func next() -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % 7 - 3
  }
  array.update { _ in Element(real: next(), imaginary: next()) }
  return array
}

/// `alpha * a * b + beta * c`, by a triple loop.
func product<Element: TestNumber>(
  _ a: some StridedArray<Element>, _ b: some StridedArray<Element>, alpha: Element = 1, beta: Element = 0,
  _ c: some StridedArray<Element>
) -> [Element] {
  let (left, right, old) = (a.toArray(), b.toArray(), c.toArray())
  let (rows, inner, columns) = (a.shape[0], a.shape[1], b.shape[1])
  var result: [Element] = []
  for row in 0..<rows {
    for column in 0..<columns {
      var sum = Element.zero
      for index in 0..<inner { sum += left[row * inner + index] * right[index * columns + column] }
      sum *= alpha
      if beta != 0 { sum += beta * old[row * columns + column] }
      result.append(sum)
    }
  }
  return result
}

/// Runs the body of an exit test with a pool, in a process of its own.
func withOwnPool(
  workers: Int = 2, _ method: StartMethod = .forkServer, _ location: SourceLocation = #_sourceLocation,
  _ body: (ProcessPool) throws -> Void
) {
  inOwnProcess(location) {
    defer { CurrentProcess.endForkServer() }
    let pool = try ProcessPool(workers: workers, startMethod: method)
    try body(pool)
    pool.shutdown()
  }
}
