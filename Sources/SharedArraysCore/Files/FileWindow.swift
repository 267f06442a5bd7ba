internal import SharedArraysSystem

/// A buffer with a contiguous part of a file, which moves forward over the file.
@safe struct FileWindow: ~Copyable {
  let descriptor: OwnedDescriptor
  private let bytes: UnsafeMutableRawBufferPointer
  /// The offset of the first byte in the file.
  private(set) var start = 0
  private var count = 0
  /// Whether the file ends with the last byte.
  private(set) var reachesEnd = false

  init(_ descriptor: consuming OwnedDescriptor, byteCount: Int) {
    self.descriptor = descriptor
    unsafe bytes = .allocate(byteCount: byteCount, alignment: 16)
  }

  deinit { unsafe bytes.deallocate() }

  /// The offset in the file of the byte after the last one.
  var end: Int { start + count }

  /// The bytes.
  var span: Span<UInt8> {
    @_lifetime(borrow self)
    get {
      // SAFETY: `count` bytes of the buffer have been read. The buffer lives as long as `self` and
      // changes only with it.
      let span = unsafe Span<UInt8>(_unsafeBytes: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The byte at an offset in the file.
  ///
  /// - Precondition: The offset lies within the window.
  subscript(place: Int) -> UInt8 {
    @inline(__always) get {
      precondition(place >= start && place < end)
      // SAFETY: The precondition has just been checked.
      return unsafe bytes[place &- start]
    }
  }

  /// Returns the offset of the first byte at or after `place` that satisfies `condition`, or the
  /// end of the window if no byte does.
  @inline(__always)
  func first(from place: Int, where condition: (UInt8) -> Bool) -> Int {
    let bytes = span
    var index = place - start
    while index < bytes.count, !condition(bytes[index]) { index += 1 }
    return start + index
  }

  /// Goes back to the start of the file.
  mutating func rewind() throws(SystemError) {
    start = 0
    count = 0
    try advance(to: 0)
  }

  /// Drops the bytes before `place` and fills the free part of the buffer with the bytes that
  /// follow.
  ///
  /// - Precondition: `place` lies within the window or at its end.
  mutating func advance(to place: Int) throws(SystemError) {
    let dropped = place - start
    let kept = count - dropped
    precondition(dropped >= 0 && kept >= 0)
    // SAFETY: The bytes from `dropped` on are `kept` bytes of the buffer.
    if kept > 0, let base = unsafe bytes.baseAddress {
      unsafe base.copyMemory(from: base + dropped, byteCount: kept)
    }
    let room = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[kept...])
    start = place
    count = kept
    let read = try unsafe descriptor.read(into: room, at: start + kept)
    count += read
    reachesEnd = read < room.count
  }
}
