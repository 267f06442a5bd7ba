extension UnsafeMutablePointer where Pointee: SharedArrayElement {
  /// The element at this address, whatever bytes other programs have written there.
  ///
  /// For numbers this is a plain load: any bytes are a number. A `Bool` whose byte is neither 0 nor
  /// 1 is not a valid value, and optimised code that computes an index or an address from one can
  /// exceed the bounds it has checked. Therefore the byte itself is read, and as in NumPy every
  /// byte but 0 is true.
  @inlinable
  @inline(__always)
  @unsafe package var element: Pointee {
    if Pointee.self == Bool.self {
      // SAFETY: a Bool is one byte, and the comparison turns any byte into a valid Bool.
      let byte = unsafe UnsafeRawPointer(self).load(as: UInt8.self)
      return unsafe unsafeBitCast(byte != 0, to: Pointee.self)
    }
    return unsafe pointee
  }
}
