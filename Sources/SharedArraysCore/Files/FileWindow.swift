internal import SharedArraysSystem

/// Some adjacent bytes of a file, moved forwards over it: what is kept of it in memory.
@safe struct FileWindow: ~Copyable {
  let descriptor: OwnedDescriptor
  private let bytes: UnsafeMutableRawBufferPointer
  /// Where in the file the first byte stands.
  private(set) var start = 0
  private var count = 0
  /// Whether there is nothing behind the last byte.
  private(set) var reachesEnd = false

  init(_ descriptor: consuming OwnedDescriptor, byteCount: Int) {
    self.descriptor = descriptor
    unsafe bytes = .allocate(byteCount: byteCount, alignment: 16)
  }

  deinit { unsafe bytes.deallocate() }

  /// Where in the file the byte behind the last one stands.
  var end: Int { start + count }

  /// The bytes.
  var span: Span<UInt8> {
    @_lifetime(borrow self)
    get {
      // SAFETY: `count` bytes of the buffer have been read; it lives as long as `self`, and changes with it only.
      let span = unsafe Span<UInt8>(_unsafeBytes: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The byte at a place in the file.
  ///
  /// - Precondition: the place lies within the window.
  subscript(place: Int) -> UInt8 {
    @inline(__always) get {
      precondition(place >= start && place < end)
      // SAFETY: by the precondition.
      return unsafe bytes[place &- start]
    }
  }

  /// Where the first byte from `place` on stands that `condition` holds for; else where the window ends.
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

  /// Drops the bytes before `place`, and reads as many more behind the others as there is room for.
  ///
  /// - Precondition: `place` lies within the window or at its end.
  mutating func advance(to place: Int) throws(SystemError) {
    let dropped = place - start
    let kept = count - dropped
    precondition(dropped >= 0 && kept >= 0)
    // SAFETY: the bytes from `dropped` on are `kept` bytes of the buffer.
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
