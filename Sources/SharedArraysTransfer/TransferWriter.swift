package import SharedArraysSystem

/// A writer of a value that is sent to another process. It takes the bytes in the order in which
/// the value's type reads them.
public struct TransferWriter: ~Copyable {
  @usableFromInline let sink: TransferSink

  init(_ sink: TransferSink) { self.sink = sink }

  /// Appends a value that is part of the one being encoded.
  ///
  /// - Throws: The errors of the value's ``Transferable/encode(into:)``; ``TransferError`` with
  ///   code `tooDeep` if values are nested too deeply.
  @inlinable
  public mutating func encode<Value: Transferable>(_ value: Value) throws(TransferError) {
    try sink.enter()
    defer { sink.leave() }
    try value.encode(into: &self)
  }

  /// Appends a count. It takes one byte if it is less than 254, otherwise nine.
  ///
  /// - Throws: ``TransferError`` with code `tooLarge` if the message exceeds its limit.
  /// - Precondition: The count is not negative.
  public mutating func encode(count: Int) throws(TransferError) {
    guard count >= 0 else { fatalError("encode(count:) needs a count of at least 0, not \(count).") }
    try sink.append(count: count)
  }

  /// Attaches a duplicate of a file descriptor and returns its index, which the value then encodes.
  ///
  /// The duplicate belongs to the message. It is sent with the message, or closed if the message is
  /// discarded.
  ///
  /// - Throws: ``TransferError`` with code `tooManyDescriptors` if the message has reached its
  ///   limit; `system` if the descriptor cannot be duplicated.
  public mutating func attach(descriptor: CInt) throws(TransferError) -> Int {
    let duplicate: OwnedDescriptor
    do throws(SystemError) {
      duplicate = try OwnedDescriptor(duplicating: descriptor)
    } catch {
      throw TransferError(.system, "descriptor \(descriptor)", underlying: error)
    }
    return try attach(duplicate)
  }

  /// Attaches a descriptor, of which the message takes ownership.
  package mutating func attach(_ descriptor: consuming OwnedDescriptor) throws(TransferError) -> Int {
    try sink.attach(descriptor)
  }
}

// MARK: For the default implementations

extension TransferWriter {
  /// Appends the bytes of a raw value.
  @inlinable
  mutating func appendBytes<Value: BitwiseTransferable>(of value: Value) throws(TransferError) {
    let place = unsafe try sink.reserve(MemoryLayout<Value>.size)
    // SAFETY: the bytes of a raw value are its contents, and space for all of them has just
    // been reserved.
    unsafe withUnsafeBytes(of: value) { bytes in
      if let start = bytes.baseAddress { unsafe place.copyMemory(from: start, byteCount: bytes.count) }
    }
  }

  /// Appends the bytes of raw elements. An element without bytes takes one zero byte.
  @inlinable
  mutating func appendBytes<Value: BitwiseTransferable>(of elements: Span<Value>) throws(TransferError) {
    if MemoryLayout<Value>.size == 0 { return try sink.appendZeros(elements.count) }
    try sink.appendElements(elements)
  }

  /// Appends a value by its `Codable` conformance.
  mutating func encodeCodable<Value: Encodable>(_ value: Value) throws(TransferError) {
    do {
      if try sink.encodeScalar(value) { return }
      try ValueEncoder(sink, Value.self, depth: sink.depth).run(value)
    } catch {
      throw TransferError(thrown: error)
    }
  }

  /// Appends a count, and then the elements with `body`. Pads the elements to at least one byte
  /// each.
  @inlinable @inline(__always)
  mutating func encodeElements(
    count: Int, stride: Int, _ body: (inout TransferWriter) throws(TransferError) -> Void
  ) throws(TransferError) {
    try sink.append(count: count)
    try sink.charge(count, stride: stride)
    try sink.enter()
    defer { sink.leave() }
    let start = sink.currentByteCount()
    try body(&self)
    // The reader refuses a count for which too few bytes follow, before it allocates memory.
    let missing = count - (sink.currentByteCount() - start)
    if missing > 0 { try sink.appendZeros(missing) }
  }
}
