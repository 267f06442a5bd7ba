internal import CSharedArraysShims

/// Returns the decimal digits of a finite number, rounded to `count` digits, half to even, as
/// numbers from 0 to 9, and the power of ten of the first digit. The sign is left out. The
/// corresponding C function is `snprintf`.
///
/// - Precondition: `value` is finite, and `count` is in `1...40`.
package func roundedDigits(of value: Double, count: Int) -> (digits: [UInt8], exponent: Int) {
  precondition(
    value.isFinite && 1...Int(CSHIMS_MOST_DIGITS) ~= count, "\(value) cannot be rounded to \(count) digits.")
  var exponent: CInt = 0
  let digits = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
    unsafe buffer.withMemoryRebound(to: CChar.self) { text in
      // SAFETY: by the precondition the call stores `count` characters, for which the buffer has
      // room.
      _ = unsafe cshims_round_to_digits(value, CInt(count), text.baseAddress!, &exponent)
    }
    filled = count
  }
  return (digits.map { $0 - UInt8(ascii: "0") }, Int(exponent))
}
