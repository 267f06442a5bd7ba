package import SharedArraysSystem

/// Gives back the bytes of a value that has come from another process, in the order they were written.
///
/// The bytes may be anything: every read throws where they end or mean no value, and none reserves more
/// memory than the limits allow.
public struct TransferReader: ~Copyable {
  @usableFromInline let source: TransferSource

  init(_ source: TransferSource) { self.source = source }

  /// Reads a value that is part of the one being decoded.
  ///
  /// - Throws: what the type's ``Transferable/decode(from:)`` throws; ``TransferError`` with code `tooDeep`
  ///   where too many values are inside one another.
  @inlinable
  public mutating func decode<Value: Transferable>(
    _ type: Value.Type = Value.self
  ) throws(TransferError) -> Value {
    try source.enter()
    defer { source.leave() }
    return try Value.decode(from: &self)
  }

  /// Reads a count as ``TransferWriter/encode(count:)`` writes it. It may be any number that is not negative:
  /// compare it with something before you reserve memory for so many things.
  ///
  /// - Throws: ``TransferError`` with code `truncated` or `invalidValue`.
  public mutating func decodeCount() throws(TransferError) -> Int { try source.takeCount() }

  /// Takes the file descriptor that was attached under this index. The caller owns it and closes it: best in
  /// the `deinit` of an object, since the rest of the message may still be refused, and the value dropped.
  ///
  /// - Throws: ``TransferError`` with code `missingDescriptor` if none came, or it has been taken before.
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
  /// Reads the bytes of a value that is raw.
  @inlinable
  mutating func takeBytes<Value: RawTransferable>(of type: Value.Type) throws(TransferError) -> Value {
    let bytes = unsafe try source.take(MemoryLayout<Value>.size)
    // SAFETY: as many bytes are there as the value has, and those of a raw value are its contents.
    return unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { place in
      let start = unsafe place.baseAddress.unsafelyUnwrapped
      unsafe UnsafeMutableRawPointer(start).copyMemory(from: bytes, byteCount: MemoryLayout<Value>.size)
      return unsafe start.move()
    }
  }

  /// Reads the bytes of elements that are raw.
  @inlinable
  mutating func takeBytes<Value: RawTransferable>(
    of count: Int, into elements: inout OutputSpan<Value>
  ) throws(TransferError) {
    guard count >= 0, count <= elements.freeCapacity else {
      fatalError("There is room for \(elements.freeCapacity) elements, not for \(count).")
    }
    let size = count.multipliedReportingOverflow(by: MemoryLayout<Value>.stride)
    let bytes = unsafe try source.take(size.overflow ? -1 : size.partialValue)
    // SAFETY: there is room for as many elements, and the bytes of raw elements are their contents.
    unsafe elements.withUnsafeMutableBufferPointer { place, initialized in
      if count > 0, let start = place.baseAddress {
        unsafe UnsafeMutableRawPointer(start + initialized).copyMemory(
          from: bytes, byteCount: size.partialValue)
      }
      initialized += count
    }
  }

  /// Reads a value as `Codable` says.
  mutating func decodeCodable<Value: Decodable>(_ type: Value.Type) throws(TransferError) -> Value {
    do {
      let item = try source.item(at: source.position, limit: source.end)
      source.position = item.end
      return try ValueDecoder(source, item, depth: source.depth - 1).decode(type, item, at: nil)
    } catch {
      throw TransferError(thrown: error)
    }
  }

  /// Reads a count and what `body` reads for as many elements, as `TransferWriter.encodeElements` wrote it.
  ///
  /// - Parameter least: the fewest bytes of an element.
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
