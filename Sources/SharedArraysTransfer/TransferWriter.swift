package import SharedArraysSystem

/// Takes the bytes of a value that is to cross to another process, in the order in which the value's type
/// reads them back.
public struct TransferWriter: ~Copyable {
  @usableFromInline let sink: TransferSink

  init(_ sink: TransferSink) { self.sink = sink }

  /// Appends a value that is part of the one being encoded.
  ///
  /// - Throws: what the value's ``Transferable/encode(into:)`` throws; ``TransferError`` with code `tooDeep`
  ///   where too many values are inside one another.
  @inlinable
  public mutating func encode<Value: Transferable>(_ value: Value) throws(TransferError) {
    try sink.enter()
    defer { sink.leave() }
    try value.encode(into: &self)
  }

  /// Appends a number of things that follow: one byte below 255, nine above.
  ///
  /// - Throws: ``TransferError`` with code `tooLarge` beyond the limit of the message's bytes.
  /// - Precondition: the count is not negative.
  public mutating func encode(count: Int) throws(TransferError) {
    guard count >= 0 else { fatalError("A count cannot be \(count).") }
    try sink.append(count: count)
  }

  /// Attaches a duplicate of a file descriptor and returns its index, which the value then encodes.
  ///
  /// The duplicate belongs to the message: it arrives with it, or is closed where the message is dropped.
  ///
  /// - Throws: ``TransferError`` with code `tooManyDescriptors` beyond the limit; `system` if the descriptor
  ///   cannot be duplicated.
  public mutating func attach(descriptor: CInt) throws(TransferError) -> Int {
    let duplicate: OwnedDescriptor
    do throws(SystemError) {
      duplicate = try OwnedDescriptor(duplicating: descriptor)
    } catch {
      throw TransferError(.system, "descriptor \(descriptor)", underlying: error)
    }
    return try attach(duplicate)
  }

  /// Attaches a descriptor that the message owns from now on.
  package mutating func attach(_ descriptor: consuming OwnedDescriptor) throws(TransferError) -> Int {
    try sink.attach(descriptor)
  }
}

// MARK: For the default implementations

extension TransferWriter {
  /// Appends the bytes of a value that is raw.
  @inlinable
  mutating func appendBytes<Value: RawTransferable>(of value: Value) throws(TransferError) {
    let place = unsafe try sink.reserve(MemoryLayout<Value>.size)
    // SAFETY: the bytes of a raw value are its contents, and as many have just been reserved.
    unsafe withUnsafeBytes(of: value) { bytes in
      if let start = bytes.baseAddress { unsafe place.copyMemory(from: start, byteCount: bytes.count) }
    }
  }

  /// Appends the bytes of elements that are raw, or zeros for elements that have none.
  @inlinable
  mutating func appendBytes<Value: RawTransferable>(of elements: Span<Value>) throws(TransferError) {
    if MemoryLayout<Value>.size == 0 { return try sink.appendZeros(elements.count) }
    try sink.appendElements(elements)
  }

  /// Appends a value as `Codable` says.
  mutating func encodeCodable<Value: Encodable>(_ value: Value) throws(TransferError) {
    do {
      if try sink.encodeScalar(value) { return }
      try ValueEncoder(sink, Value.self, depth: sink.depth).run(value)
    } catch {
      throw TransferError(thrown: error)
    }
  }

  /// Appends a count and what `body` appends for as many elements, which is at least a byte for each.
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
    // The reader refuses a count for which there are too few bytes, before it reserves memory.
    let missing = count - (sink.currentByteCount() - start)
    if missing > 0 { try sink.appendZeros(missing) }
  }
}
