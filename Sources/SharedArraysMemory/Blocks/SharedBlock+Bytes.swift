extension SharedBlock {
  /// The bytes of the block, for reading. Empty after this handle has been detached.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // SAFETY: the bytes are mapped, and `self` keeps them mapped.
      let span = unsafe RawSpan(_unsafeBytes: place(of: memory))
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The bytes of the block, for writing.
  ///
  /// Swift's rule of exclusive access to the memory that a `MutableRawSpan` covers is not enforced
  /// here, because the memory is shared. The program must ensure it, in this process and in the
  /// others.
  public var mutableBytes: MutableRawSpan {
    @_lifetime(borrow self)
    get {
      // SAFETY: as for `bytes`; the memory of a SharedBlock is mapped for writing.
      let span = unsafe MutableRawSpan(_unsafeBytes: writablePlace(of: memory))
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Calls `body` with the address of the bytes, for use with C. Prefer ``mutableBytes``, which
  /// checks bounds.
  ///
  /// The address is valid until `body` returns.
  @unsafe
  public func withUnsafeMutableBytes<Result: ~Copyable, Failure: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // SAFETY: as for `mutableBytes`.
    let buffer = unsafe UnsafeMutableRawBufferPointer(start: memory?.data, count: byteCount)
    defer { withExtendedLifetime(memory) {} }
    return try unsafe body(buffer)
  }
}

extension ReadOnlySharedBlock {
  /// The bytes of the block.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // SAFETY: the bytes are mapped, and `self` keeps them mapped.
      let span = unsafe RawSpan(_unsafeBytes: place(of: memory))
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }
}

// Out of line: if these are inlined into a getter of a span, the optimizer of Swift 6.3 fails an
// assertion.

@inline(never)
private func writablePlace(of memory: BlockMemory?) -> UnsafeMutableRawBufferPointer {
  guard let memory else { return unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0) }
  return unsafe UnsafeMutableRawBufferPointer(start: memory.data, count: memory.byteCount)
}

@inline(never)
private func place(of memory: BlockMemory?) -> UnsafeRawBufferPointer {
  unsafe UnsafeRawBufferPointer(writablePlace(of: memory))
}
