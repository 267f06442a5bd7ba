/// Adds numbers in pairs of pairs, so that the rounding error grows with the logarithm of their number and
/// not with the number.
///
/// N. J. Higham, "The accuracy of floating point summation", SIAM J. Sci. Comput. 14 (1993): error at most
/// about `log2(n) * epsilon * sum(|x|)`. Blocks of 128 elements, and what is left at the end of a run, are
/// added with eight accumulators; their sums enter a counter in which two sums of a level make one of the
/// next.
@frozen
@usableFromInline
struct PairwiseSum<Element: BinaryFloatingPoint & SIMDScalar & SharedArrayElement> {
  @usableFromInline var levels = InlineArray<64, Element>(repeating: 0)
  @usableFromInline var blocks: UInt64 = 0

  @inlinable
  init() {}

  /// Adds the sum of a block.
  @inlinable
  mutating func add(block sum: Element) {
    var sum = sum
    var level = 0
    var carry = blocks
    while carry & 1 == 1 {
      sum = levels[level] + sum
      carry >>= 1
      level += 1
    }
    levels[level] = sum
    blocks += 1
  }

  @inlinable
  var total: Element {
    var sum: Element = 0
    for level in 0..<64 where blocks >> UInt64(level) & 1 == 1 { sum += levels[level] }
    return sum
  }

  @inlinable static var blockCount: Int { 128 }

  /// Adds `term(x)` for every element of a run. Always inlined, or `term` would be called through a pointer.
  @inlinable @inline(__always)
  mutating func add(_ run: Run<Element>, _ term: (SIMD8<Element>) -> SIMD8<Element>) {
    var position = 0
    while position + Self.blockCount <= run.count {
      var sums = SIMD8<Element>(repeating: 0)
      if run.stride == 1 {
        // SAFETY: eight elements follow each other from here on; `loadUnaligned` needs no more.
        let block = UnsafeRawPointer(unsafe run.start + position)
        for i in 0..<Self.blockCount / 8 {
          let eight = unsafe block.loadUnaligned(
            fromByteOffset: i * 8 * MemoryLayout<Element>.stride, as: SIMD8<Element>.self)
          sums += term(eight)
        }
      } else {
        for i in stride(from: position, to: position + Self.blockCount, by: 8) {
          var eight = SIMD8<Element>()
          for lane in 0..<8 { eight[lane] = unsafe run[i + lane] }
          sums += term(eight)
        }
      }
      add(block: horizontal(sums))
      position += Self.blockCount
    }
    if position < run.count { add(block: rest(of: run, from: position, term)) }
  }

  /// The sum of fewer than 128 elements.
  @inlinable
  func rest(of run: Run<Element>, from start: Int, _ term: (SIMD8<Element>) -> SIMD8<Element>) -> Element {
    var sums = SIMD8<Element>(repeating: 0)
    var position = start
    while position < run.count {
      var eight = SIMD8<Element>(repeating: 0)
      for lane in 0..<min(8, run.count - position) { eight[lane] = unsafe run[position + lane] }
      sums += term(eight)
      position += 8
    }
    return horizontal(sums)
  }

  @inlinable
  func horizontal(_ v: SIMD8<Element>) -> Element {
    ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]))
  }
}
