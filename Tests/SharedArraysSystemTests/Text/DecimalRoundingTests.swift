import SharedArraysSystem
import Testing

@Suite struct DecimalRoundingTests {
  @Test(
    arguments: [
      (0.125, 2, [1, 2], -1), (0.375, 2, [3, 8], -1), (-2.5, 1, [2], 0), (99.96, 3, [1, 0, 0], 2),
      (0, 3, [0, 0, 0], 0),
      (1e22, 4, [1, 0, 0, 0], 22), (.leastNonzeroMagnitude, 5, [4, 9, 4, 0, 7], -324),
      (.greatestFiniteMagnitude, 1, [2], 308),
      (0.1, 20, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 5, 5], -1),
    ] as [(Double, Int, [UInt8], Int)])
  func `a number is rounded to the nearest digit, and half to even`(
    value: Double, count: Int, digits: [UInt8], exponent: Int
  ) {
    let rounded = roundedDigits(of: value, count: count)
    #expect(rounded.digits == digits)
    #expect(rounded.exponent == exponent)
  }
}
