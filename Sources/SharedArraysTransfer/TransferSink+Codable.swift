// Methods by which the encoders of `Codable` values write.

extension TransferSink {
  /// An encoder with a sink of its own, and the offset at which its bytes are inserted.
  typealias Part = (offset: Int, encoder: ValueEncoder)

  /// Appends a number, a Boolean, a string or an array of numbers. Returns false if the value is
  /// none of these.
  @inline(__always)
  func encodeScalar<Value>(_ value: Value) throws(TransferError) -> Bool {
    if let value = identity(value, as: Int.self) { return try encode(value) }
    if let value = identity(value, as: String.self) {
      try append(CodableTag.text)
      try append(value)
      return true
    }
    if let value = identity(value, as: Double.self) { return try put(CodableTag.floating, value) }
    if let value = identity(value, as: Float.self) { return try put(CodableTag.floating, value) }
    if let value = identity(value, as: Float16.self) { return try put(CodableTag.floating, value) }
    if let value = identity(value, as: Bool.self) { return try put(value ? CodableTag.yes : CodableTag.no) }
    if isSmall(Value.self), let value = value as? any FixedWidthInteger { return try encode(value) }
    guard MemoryLayout<Value>.size == MemoryLayout<[Int]>.size, let array = value as? any AnyArray else {
      return false
    }
    return try array.appendNumbers(to: self)
  }

  /// Appends an integer in the fewest bytes that hold its value.
  @inline(__always) @discardableResult
  func encode<Integer: FixedWidthInteger>(_ value: Integer) throws(TransferError) -> Bool {
    if value >= 0, value < CodableTag.smallInteger {
      return try put(CodableTag.smallInteger | UInt8(truncatingIfNeeded: value))
    }
    if let value = Int16(exactly: value) { return try put(CodableTag.signed, value) }
    if let value = Int32(exactly: value) { return try put(CodableTag.signed, value) }
    if let value = Int64(exactly: value) { return try put(CodableTag.signed, value) }
    if let value = Int128(exactly: value) { return try put(CodableTag.signed, value) }
    return try put(CodableTag.unsigned, UInt128(truncatingIfNeeded: value))
  }

  private func put(_ tag: UInt8) throws(TransferError) -> Bool {
    try append(tag)
    return true
  }

  private func put<Payload: BitwiseCopyable>(_ tag: UInt8, _ payload: Payload) throws(TransferError) -> Bool {
    try append((tag, UInt8(MemoryLayout<Payload>.size)))
    try append(payload)
    return true
  }

  /// Starts a value whose length is set at its end.
  func open(_ tag: UInt8) throws(TransferError) {
    try append((tag, Self.fourBytes))
    try append(UInt32(0))
  }

  func setLength(at start: Int) throws(TransferError) {
    let length = byteCount - start - 6
    guard let length = UInt32(exactly: length) else {
      throw TransferError(.tooLarge, "\(length) bytes in a value")
    }
    // SAFETY: `open` appended these bytes after the tag at `start`.
    unsafe base.unsafelyUnwrapped.storeBytes(of: length, toByteOffset: start + 2, as: UInt32.self)
  }

  /// Inserts the bytes of each part before those at its offset.
  func insert(_ parts: ArraySlice<Part>) throws(TransferError) {
    guard let start = parts.first?.offset else { return }
    let rest = unsafe Array(bytes[start...])
    var position = start
    byteCount = start
    for (offset, encoder) in parts {
      try appendElements(rest.span.extracting(position - start..<offset - start))
      unsafe try appendElements(encoder.sink.bytes.bindMemory(to: UInt8.self).span)
      position = offset
    }
    try appendElements(rest.span.extracting((position - start)...))
  }
}
