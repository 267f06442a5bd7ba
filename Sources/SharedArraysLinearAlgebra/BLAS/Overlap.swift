internal import SharedArraysCore
internal import SharedArraysMemory

/// Throws if an output shares an element with an input.
func refuseOverlap<Element>(
  of output: ArrayStorage<Element>, _ outputName: String, with input: ArrayStorage<Element>,
  _ inputName: String
) throws(LinearAlgebraError) {
  guard haveCommonElement(output, input) else { return }
  throw LinearAlgebraError(
    .overlap, "\(outputName) of shape \(output.shape) and \(inputName) of shape \(input.shape)")
}

/// Traps if several indices of an output refer to the same element, as in broadcast views.
@specialized(where Element == Double)
@specialized(where Element == Float)
func requireDistinctElements<Element>(_ output: ArrayStorage<Element>, _ name: String) {
  for axis in 0..<output.shape.count where output.shape[axis] > 1 && output.strides[axis] == 0 {
    trap(
      "\(name) cannot be an output: all its elements along axis \(axis) of shape \(output.shape) "
        + "share one address.")
  }
}

/// Returns whether two arrays share an element, also through two mappings of the same segment or
/// file.
///
/// - Complexity: O(1) for arrays that are far apart. Interleaved views are decided exactly. If that
///   takes too long, for example for strides without a common structure, the result is true.
@specialized(where Element == Double)
@specialized(where Element == Float)
func haveCommonElement<Element>(_ a: ArrayStorage<Element>, _ b: ArrayStorage<Element>) -> Bool {
  if a.shape.contains(0) || b.shape.contains(0) { return false }
  let shift = distanceOfMappings(a, b)
  // SAFETY: The addresses are only subtracted.
  let bytes = unsafe UnsafeRawPointer(b.base) - UnsafeRawPointer(a.base) + shift
  // Elements are aligned, so the distance is a whole number of elements.
  let distance = bytes / MemoryLayout<Element>.stride
  let (reachA, reachB) = (a.reach, b.reach)
  if reachA.upperBound < reachB.lowerBound + distance || reachB.upperBound + distance < reachA.lowerBound {
    return false
  }
  // A shared element means that the steps in `a` minus the steps in `b` add up to the distance
  // between the two.
  var terms = Terms()
  for axis in 0..<a.shape.count { terms.add(stride: a.strides[axis], count: a.shape[axis]) }
  for axis in 0..<b.shape.count { terms.add(stride: -b.strides[axis], count: b.shape[axis]) }
  var steps = 1 << 16
  return terms.canMake(distance, from: 0, &steps)
}

/// Returns the offset that makes addresses in `b` comparable with those in `a`. It is nonzero only
/// if one segment or file is mapped twice.
private func distanceOfMappings<Element>(_ a: ArrayStorage<Element>, _ b: ArrayStorage<Element>) -> Int {
  guard a.isMappedApart(from: b), let first = a.owner, let second = b.owner else { return 0 }
  // SAFETY: The addresses are only subtracted.
  return unsafe UnsafeRawPointer(first.mappedAddress) - UnsafeRawPointer(second.mappedAddress)
}

/// A sum of terms, each of which is a stride times any integer within bounds. The strides are
/// positive, descending, and distinct.
private struct Terms {
  private var terms: [(stride: Int, low: Int, high: Int)] = []

  /// Adds the term of an axis: its stride times a factor in 0 ..< count.
  mutating func add(stride: Int, count: Int) {
    if stride == 0 || count == 1 { return }
    let (low, high) = stride > 0 ? (0, count - 1) : (1 - count, 0)
    let place = terms.firstIndex { $0.stride <= abs(stride) } ?? terms.count
    if place < terms.count, terms[place].stride == abs(stride) {
      terms[place].low += low
      terms[place].high += high
    } else {
      terms.insert((abs(stride), low, high), at: place)
    }
  }

  /// Returns whether the terms from `first` on can add up to `sum`. Returns true if the steps run
  /// out before the answer is known.
  func canMake(_ sum: Int, from first: Int, _ steps: inout Int) -> Bool {
    steps -= 1
    if steps < 0 { return true }
    let rest = terms[first...]
    let divisor = rest.reduce(0) { greatestCommonDivisor($0, $1.stride) }
    if divisor == 0 { return sum == 0 }
    let least = rest.reduce(0) { $0 + $1.stride * $1.low }
    let most = rest.reduce(0) { $0 + $1.stride * $1.high }
    if sum < least || sum > most || sum % divisor != 0 { return false }
    let term = terms[first]
    if rest.count == 1 { return true }
    // Only these factors leave a sum within reach of the smaller strides.
    let (lowest, highest) = (sum - (most - term.stride * term.high), sum - (least - term.stride * term.low))
    var factor = max(term.low, lowest >= 0 ? (lowest + term.stride - 1) / term.stride : lowest / term.stride)
    while factor <= term.high, factor * term.stride <= highest {
      if canMake(sum - factor * term.stride, from: first + 1, &steps) { return true }
      factor += 1
    }
    return false
  }
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
  var (a, b) = (a, b)
  while b != 0 { (a, b) = (b, a % b) }
  return a
}
