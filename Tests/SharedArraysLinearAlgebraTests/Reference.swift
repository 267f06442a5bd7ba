import SharedArraysCore
import SharedArraysLinearAlgebra

/// The sum of products by a plain loop, and the tolerance for a computed one.
struct Reference<Element: BLASElement> {
  let value: Element
  /// The error that rounding can make in any order of summation: `(n + 3) * epsilon * sum(|x *
  /// y|)`.
  let tolerance: Element

  /// The sum of `products`, each of two factors, to about twice the precision of `Element`: T.
  /// Ogita, S. M. Rump, S. Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput. 26 (2005),
  /// algorithm 5.3.
  init(_ products: [(Element, Element)]) {
    var (sum, correction, magnitude, count) = (Element(0), Element(0), Element(0), Element(0))
    for (x, y) in products {
      let product = x * y
      let next = sum + product
      let part = next - sum
      correction += (sum - (next - part)) + (product - part) + (-product).addingProduct(x, y)
      sum = next
      magnitude += abs(product)
      count += 1
    }
    value = sum.isFinite ? sum + correction : sum
    tolerance = (count + 3) * .ulpOfOne * magnitude + .leastNormalMagnitude
  }

  func admits(_ result: Element) -> Bool {
    value.isFinite ? abs(result - value) <= tolerance : value == result || value.isNaN && result.isNaN
  }
}

/// The elements of a matrix, row by row; a vector counts as a column.
struct PlainMatrix {
  let rows, columns: Int
  let elements: [Double]

  init<Element: BLASElement>(_ array: some StridedArray<Element>) {
    rows = array.shape[0]
    columns = array.rank == 1 ? 1 : array.shape[1]
    elements = array.toArray().map { Double($0) }
  }
}

/// The first index at which `result` is not `alpha * a * b + beta * old`, as a plain triple loop
/// has it; nil if it is everywhere.
///
/// Sums may differ by `2 * (n + 3) * epsilon * sum(|x * y|)`, which two orders of summation can
/// make of them. With `beta` 0 the old elements do not matter, with `alpha` 0 those of `a` and `b`.
func firstError<Element: BLASElement>(
  of result: some StridedArray<Element>, _ a: PlainMatrix, _ b: PlainMatrix, alpha: Element = 1,
  beta: Element = 0, old: PlainMatrix
) -> String? {
  let (got, alpha, beta) = (PlainMatrix(result), Double(alpha), Double(beta))
  let unit = 2 * Double(a.columns + 3) * Double(Element.ulpOfOne)
  for row in 0..<got.rows {
    for column in 0..<got.columns {
      let place = row * got.columns + column
      var (sum, magnitude) = (0.0, 0.0)
      for inner in 0..<(alpha == 0 ? 0 : a.columns) {
        let product = a.elements[row * a.columns + inner] * b.elements[inner * b.columns + column]
        sum += product
        magnitude += abs(product)
      }
      let (before, factor) = (beta == 0 ? 0 : beta * old.elements[place], abs(alpha))
      let (expected, tolerance) = (alpha * sum + before, unit * (factor * magnitude + abs(before)))
      if !(abs(got.elements[place] - expected) <= tolerance) {
        return "[\(row), \(column)] is \(got.elements[place]), not \(expected) ± \(tolerance)"
      }
    }
  }
  return nil
}
