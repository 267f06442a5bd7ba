internal import SharedArraysSystem

/// The bytes and descriptors of a message during decoding, shared by all readers and decoders of
/// the message.
///
/// The bytes belong to another object. ``close()`` ends their use, and decoders that are kept
/// longer find a message without bytes.
@usableFromInline
@safe final class TransferSource {
  let limits: TransferLimits
  private var base: UnsafeRawPointer
  /// The end of the readable bytes. While a part is read, the end of the part.
  var end: Int
  var position: Int
  /// The nesting depth of the value that is being decoded.
  var depth = 0
  private var memory = 0
  private var descriptors: DescriptorList
  /// The owner of the bytes, unless they belong to the caller.
  private var owner: TransferSink?

  /// Creates a source of bytes that do not change until ``close()``.
  @unsafe init(
    _ bytes: UnsafeRawBufferPointer, descriptors: consuming DescriptorList, limits: TransferLimits,
    owner: TransferSink?
  ) {
    self.limits = limits
    self.owner = owner
    self.descriptors = descriptors
    // SAFETY: an empty source reads no byte, so its address can be arbitrary.
    unsafe base = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
    end = bytes.count
    position = 0
  }

  @usableFromInline
  func close() {
    (position, end) = (0, 0)
    descriptors = DescriptorList()
    owner = nil
  }

  @usableFromInline
  func expectEnd() throws(TransferError) {
    if position < end { throw TransferError(.trailingBytes, "\(end - position) bytes") }
  }

  func takeDescriptor(at index: Int) throws(TransferError) -> OwnedDescriptor {
    let count = descriptors.rawValues.count
    guard let descriptor = descriptors.take(at: index) else {
      throw TransferError(.missingDescriptor, "index \(index) of \(count)")
    }
    return descriptor
  }
}

// MARK: Limits

extension TransferSource {
  @usableFromInline
  func enter() throws(TransferError) {
    guard depth < limits.depth else { throw limits.tooDeep }
    depth += 1
  }

  @usableFromInline
  func leave() { depth -= 1 }

  /// Returns the position of the next byte; see `TransferSink.currentByteCount()`.
  @usableFromInline
  func currentPosition() -> Int { position }

  /// Counts the memory of a collection before it is allocated.
  func charge(_ count: Int, stride: Int) throws(TransferError) {
    memory = try limits.charged(memory, count, stride: stride)
  }
}

// MARK: Bytes

extension TransferSource {
  /// Returns the next bytes, which are valid until the source is closed.
  @usableFromInline
  func take(_ byteCount: Int) throws(TransferError) -> UnsafeRawPointer {
    guard byteCount >= 0, byteCount <= end - position else { throw truncated(byteCount, at: position) }
    defer { position += byteCount }
    // SAFETY: the bytes lie before the end.
    return unsafe base + position
  }

  /// Returns the bytes at a position that was found before. The bounds are checked again, since the
  /// source might have been closed.
  func bytes(at offset: Int, _ byteCount: Int) throws(TransferError) -> UnsafeRawPointer {
    guard offset >= 0, byteCount >= 0, byteCount <= end - offset else {
      throw truncated(byteCount, at: offset)
    }
    // SAFETY: see `take`.
    return unsafe base + offset
  }

  func load<Value: BitwiseCopyable>(at offset: Int, as type: Value.Type) throws(TransferError) -> Value {
    unsafe try bytes(at: offset, MemoryLayout<Value>.size).loadUnaligned(as: Value.self)
  }

  func truncated(_ byteCount: Int, at offset: Int) -> TransferError {
    TransferError(.truncated, "\(byteCount) bytes needed at offset \(offset) of \(end)")
  }

  /// Returns the count at `offset`, as `TransferSink.append(count:)` writes it, and advances
  /// `offset` past it.
  func count(at offset: inout Int) throws(TransferError) -> Int {
    let first = try load(at: offset, as: UInt8.self)
    offset += 1
    if first < TransferSink.fourBytes { return Int(first) }
    let hasFour = first == TransferSink.fourBytes
    let count =
      hasFour ? UInt64(try load(at: offset, as: UInt32.self)) : try load(at: offset, as: UInt64.self)
    offset += hasFour ? 4 : 8
    guard let count = Int(exactly: count) else { throw TransferError(.invalidValue, "a count of \(count)") }
    return count
  }

  @usableFromInline
  func takeCount() throws(TransferError) -> Int {
    var offset = position
    defer { position = offset }
    return try count(at: &offset)
  }

  /// Reads the count of a collection whose elements take at least `least` bytes each. Throws if too
  /// few bytes follow for that.
  @usableFromInline
  func takeElementCount(least: Int, stride: Int) throws(TransferError) -> Int {
    let count = try takeCount()
    guard count <= (end - position) / max(least, 1) else {
      throw TransferError(.truncated, "\(count) elements in \(end - position) bytes")
    }
    try charge(count, stride: stride)
    return count
  }

  @usableFromInline
  func takeString() throws(TransferError) -> String {
    let count = try takeCount()
    let text = try text(at: position, count)
    position += count
    return text
  }

  func text(at offset: Int, _ count: Int) throws(TransferError) -> String {
    // SAFETY: the bytes do not change during the call.
    let bytes = unsafe try Span<UInt8>(
      _unsafeStart: bytes(at: offset, count).assumingMemoryBound(to: UInt8.self), count: count)
    guard let text = try? UTF8Span(validating: bytes) else {
      throw TransferError(.invalidValue, "the text at offset \(offset) is not UTF-8")
    }
    return String(copying: text)
  }
}
