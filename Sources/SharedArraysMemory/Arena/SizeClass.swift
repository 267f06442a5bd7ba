/// A block size of an arena: a multiple of 64 bytes up to 1 KiB, then four sizes for each doubling
/// up to 1 MiB. At most a fifth of a larger block is wasted.
struct SizeClass {
  static let count = 56

  let index: Int
  let byteCount: Int

  /// Creates the smallest size class of at least `byteCount` bytes.
  ///
  /// - Precondition: `byteCount` is in `0...1 << 20`.
  init(for byteCount: Int) {
    if byteCount <= 1024 {
      index = (max(byteCount, 1) + 63) / 64 - 1
      self.byteCount = 64 * (index + 1)
    } else {
      // 2^exponent < byteCount <= 2^(exponent + 1)
      let exponent = Int.bitWidth - 1 - (byteCount - 1).leadingZeroBitCount
      let quarter = (byteCount - 1 - 1 << exponent) >> (exponent - 2)
      index = 16 + (exponent - 10) * 4 + quarter
      self.byteCount = 1 << exponent + (quarter + 1) << (exponent - 2)
    }
  }
}
