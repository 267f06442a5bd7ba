extension UnsafeMutablePointer where Pointee: SharedArrayElement {
  /// The element at this address, whatever bytes other programs have written there.
  ///
  /// For numbers that is a plain load: any bytes are a number. A `Bool` whose byte is neither 0 nor 1 is not a
  /// value at all, and optimised code that computes an index or an address from one leaves the bounds of what
  /// it has checked. So the byte is read, and as in NumPy each but 0 is true.
  @inlinable
  @inline(__always)
  @unsafe package var element: Pointee {
    if Pointee.self == Bool.self {
      // SAFETY: a Bool is one byte, and of any byte the comparison makes a Bool.
      let byte = unsafe UnsafeRawPointer(self).load(as: UInt8.self)
      return unsafe unsafeBitCast(byte != 0, to: Pointee.self)
    }
    return unsafe pointee
  }
}
