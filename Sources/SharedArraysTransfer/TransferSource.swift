internal import SharedArraysSystem

/// The bytes and descriptors of a message while it is read, behind every reader and decoder of the message.
///
/// The bytes belong to somebody else: ``close()`` ends their use, and decoders that are kept beyond it find a
/// message without bytes.
@usableFromInline
@safe final class TransferSource {
  let limits: TransferLimits
  private var base: UnsafeRawPointer
  /// Where the readable bytes end: within a part, the end of the part.
  var end: Int
  var position: Int
  /// How many values the one that is being decoded is inside of.
  var depth = 0
  private var memory = 0
  private var descriptors: DescriptorList
  /// What keeps the bytes, if they are not the caller's.
  private var owner: TransferSink?

  /// Reads from bytes that stay as they are until ``close()``.
  @unsafe init(
    _ bytes: UnsafeRawBufferPointer, descriptors: consuming DescriptorList, limits: TransferLimits,
    owner: TransferSink?
  ) {
    self.limits = limits
    self.owner = owner
    self.descriptors = descriptors
    // SAFETY: no byte is read where there is none, so any address does.
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

  /// Where the next byte is: as `TransferSink.currentByteCount()`.
  @usableFromInline
  func currentPosition() -> Int { position }

  /// Counts the memory of a collection before it is reserved.
  func charge(_ count: Int, stride: Int) throws(TransferError) {
    memory = try limits.charged(memory, count, stride: stride)
  }
}

// MARK: Bytes

extension TransferSource {
  /// The next bytes, valid until the source is closed.
  @usableFromInline
  func take(_ byteCount: Int) throws(TransferError) -> UnsafeRawPointer {
    guard byteCount >= 0, byteCount <= end - position else { throw truncated(byteCount, at: position) }
    defer { position += byteCount }
    // SAFETY: the bytes lie before the end.
    return unsafe base + position
  }

  /// The bytes of a place that was found before; checked again, since the source may have been closed.
  func bytes(at offset: Int, _ byteCount: Int) throws(TransferError) -> UnsafeRawPointer {
    guard offset >= 0, byteCount >= 0, byteCount <= end - offset else {
      throw truncated(byteCount, at: offset)
    }
    // SAFETY: as in `take`.
    return unsafe base + offset
  }

  func load<Value: BitwiseCopyable>(at offset: Int, as type: Value.Type) throws(TransferError) -> Value {
    unsafe try bytes(at: offset, MemoryLayout<Value>.size).loadUnaligned(as: Value.self)
  }

  func truncated(_ byteCount: Int, at offset: Int) -> TransferError {
    TransferError(.truncated, "\(byteCount) bytes at offset \(offset) of \(end)")
  }

  /// The count at `offset`, which moves behind it, as `TransferSink.append(count:)` writes it.
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

  /// The count of a collection whose elements take at least `least` bytes each, all of which are there.
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
    // SAFETY: the bytes stay as they are for the time of the call.
    let bytes = unsafe try Span<UInt8>(
      _unsafeStart: bytes(at: offset, count).assumingMemoryBound(to: UInt8.self), count: count)
    guard let text = try? UTF8Span(validating: bytes) else {
      throw TransferError(.invalidValue, "a text that is not UTF-8, at offset \(offset)")
    }
    return String(copying: text)
  }
}
