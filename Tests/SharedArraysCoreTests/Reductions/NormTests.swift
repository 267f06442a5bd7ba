import SharedArraysCore
import Testing

@Suite struct NormTests {
  @Test func `the norm is the root of the sum of squares`() throws {
    #expect(try SharedArray([3.0, -4.0]).norm() == 5)
    #expect(try SharedArray([1.0, 2.0, 2.0, 4.0], shape: [2, 2]).norm() == 5)
    #expect(try SharedArray([Float](repeating: 2, count: 256)).norm() == 32)
    #expect(try SharedArray([-7.5], shape: []).norm() == 7.5)
    #expect(try SharedArray([0.0, -0.0]).norm() == 0)
    #expect(try SharedArray([3.0, 9, 4.0, 9])[.stride(by: 2)].norm() == 5)
  }

  /// The elements are 3, 4, 12, 84 and 85 times a power of two. The norm of 3, 4, 12 and 84 is 85.
  @Test(arguments: [
    -1074, -1070, -1022, -1000, -700, -540, -538, -530, -500, -100, 0, 100, 500, 505, 510, 700, 1000, 1016,
  ])
  func `numbers whose squares overflow or vanish have an exact norm`(exponent: Int) throws {
    let scale = Double(sign: .plus, exponent: exponent, significand: 1)
    let x = try SharedArray([3, -4, 12, 84].map { $0 * scale })
    #expect(x.norm() == 85 * scale)
  }

  @Test(arguments: [-149, -140, -126, -75, -70, -62, -20, 0, 60, 64, 100, 120])
  func `numbers of Float whose squares overflow or vanish have an exact norm`(exponent: Int) throws {
    let scale = Float(sign: .plus, exponent: exponent, significand: 1)
    #expect(try SharedArray([3, -4, 12, 84].map { $0 * scale }).norm() == 85 * scale)
  }

  @Test(arguments: [-24, -20, -14, -10, -7, 0, 5, 8])
  func `numbers of Float16 whose squares overflow or vanish have an exact norm`(exponent: Int) throws {
    let scale = Float16(sign: .plus, exponent: exponent, significand: 1)
    #expect(try SharedArray([3, -4, 12, 84].map { $0 * scale }).norm() == 85 * scale)
  }

  @Test(arguments: [1e200, 1e-200, 1e-160, 1e-154, 1e-150, 1e154, 0x1p-1074, 0x1p-1030, 1e300])
  func `the norm of 1024 equal numbers is right to 4 ulp`(number: Double) throws {
    let x = try SharedArray(repeatElement(number, count: 1024))
    let exact = 32 * number
    #expect(abs(x.norm() - exact) <= 4 * exact.ulp)
    #expect(abs(x.reshaped([32, 32]).transposed().norm() - exact) <= 4 * exact.ulp)
  }

  /// The square of the first number is barely normal, and those of the others underflow, but their
  /// sum is significant.
  @Test func `many numbers whose squares underflow still count beside a larger number`() throws {
    let count = 1 << 20
    let small = 0x1p-538
    let x = try SharedArray(repeatElement(small, count: count))
    x[0] = 0x1p-511
    let exact = 0x1p-511 * (1 + Double(count - 1) * 0x1p-54).squareRoot()
    #expect(abs(x.norm() - exact) <= 4 * exact.ulp)
  }

  @Test func `numbers of very different magnitudes have the right norm`() throws {
    #expect(try SharedArray([1e200, 1e-200]).norm() == 1e200)
    #expect(try SharedArray([1e-200, 0, 0x1p-1074]).norm() == 1e-200)
    let mixed = try SharedArray([1e160, 1e160, 1e150]).norm()
    #expect(abs(mixed - 1.4142135623730951e160) <= 2 * mixed.ulp)
  }

  @Test func `a norm beyond the largest number is infinite`() throws {
    let largest = Double.greatestFiniteMagnitude
    #expect(try SharedArray([largest]).norm() == largest)
    #expect(try SharedArray([largest, largest]).norm() == .infinity)
    #expect(try SharedArray([largest / 2, largest / 2]).norm().isFinite)
  }
}
