package import SharedArraysSystem

/// A reader of a value received from another process. It returns the bytes in the order in which
/// they were written.
///
/// The bytes can be arbitrary. Every read throws if the bytes end too early or do not represent a
/// value, and no read allocates more memory than the limits allow.
public struct TransferReader: ~Copyable {
  @usableFromInline let source: TransferSource

  init(_ source: TransferSource) { self.source = source }

  /// Reads a value that is part of the one being decoded.
  ///
  /// - Throws: The errors of the type's ``Transferable/decode(from:)``; ``TransferError`` with code
  ///   `tooDeep` if values are nested too deeply.
  @inlinable
  public mutating func decode<Value: Transferable>(
    _ type: Value.Type = Value.self
  ) throws(TransferError) -> Value {
    try source.enter()
    defer { source.leave() }
    return try Value.decode(from: &self)
  }

  /// Reads a count written by ``TransferWriter/encode(count:)``. It can be any non-negative number,
  /// so check it before you allocate memory according to it.
  ///
  /// - Throws: ``TransferError`` with code `truncated` or `invalidValue`.
  public mutating func decodeCount() throws(TransferError) -> Int { try source.takeCount() }

  /// Takes the file descriptor that was attached under this index.
  ///
  /// The caller owns the descriptor and must close it. The `deinit` of an object is the best place,
  /// since the rest of the message might be refused and the value discarded.
  ///
  /// - Throws: ``TransferError`` with code `missingDescriptor` if the descriptor was not received,
  ///   or has already been taken.
  public mutating func takeDescriptor(at index: Int) throws(TransferError) -> CInt {
    try takeOwnedDescriptor(at: index).release()
  }

  /// Takes the file descriptor that was attached under this index.
  package mutating func takeOwnedDescriptor(at index: Int) throws(TransferError) -> OwnedDescriptor {
    try source.takeDescriptor(at: index)
  }
}

// MARK: For the default implementations

extension TransferReader {
  /// Reads the bytes of a raw value.
  @inlinable
  mutating func takeBytes<Value: BitwiseTransferable>(of type: Value.Type) throws(TransferError) -> Value {
    let bytes = unsafe try source.take(MemoryLayout<Value>.size)
    // SAFETY: `take` returns all bytes of the value, and the bytes of a raw value are its contents.
    return unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { place in
      let start = unsafe place.baseAddress.unsafelyUnwrapped
      unsafe UnsafeMutableRawPointer(start).copyMemory(from: bytes, byteCount: MemoryLayout<Value>.size)
      return unsafe start.move()
    }
  }

  /// Reads the bytes of raw elements.
  @inlinable
  mutating func takeBytes<Value: BitwiseTransferable>(
    of count: Int, into elements: inout OutputSpan<Value>
  ) throws(TransferError) {
    guard count >= 0, count <= elements.freeCapacity else {
      fatalError("The output span has room for \(elements.freeCapacity) elements, not for \(count).")
    }
    let size = count.multipliedReportingOverflow(by: MemoryLayout<Value>.stride)
    let bytes = unsafe try source.take(size.overflow ? -1 : size.partialValue)
    // SAFETY: the span has room for the elements, and the bytes of raw elements are their contents.
    unsafe elements.withUnsafeMutableBufferPointer { place, initialized in
      if count > 0, let start = place.baseAddress {
        unsafe UnsafeMutableRawPointer(start + initialized).copyMemory(
          from: bytes, byteCount: size.partialValue)
      }
      initialized += count
    }
  }

  /// Reads a value by its `Codable` conformance.
  mutating func decodeCodable<Value: Decodable>(_ type: Value.Type) throws(TransferError) -> Value {
    do {
      let item = try source.item(at: source.position, limit: source.end)
      source.position = item.end
      return try ValueDecoder(source, item, depth: source.depth - 1).decode(type, item, at: nil)
    } catch {
      throw TransferError(thrown: error)
    }
  }

  /// Reads a count, and then the elements with `body`, as `TransferWriter.encodeElements` wrote
  /// them.
  ///
  /// - Parameter least: The minimum number of bytes of an element.
  @inlinable @inline(__always)
  mutating func decodeElements<Elements>(
    least: Int, stride: Int, _ body: (inout TransferReader, Int) throws(TransferError) -> Elements
  ) throws(TransferError) -> Elements {
    let count = try source.takeElementCount(least: least, stride: stride)
    try source.enter()
    defer { source.leave() }
    let start = source.currentPosition()
    let elements = try body(&self, count)
    let missing = count - (source.currentPosition() - start)
    if missing > 0 { _ = unsafe try source.take(missing) }
    return elements
  }
}
