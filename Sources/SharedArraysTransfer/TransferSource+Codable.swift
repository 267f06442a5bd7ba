// Methods by which the decoders of `Codable` values read.

extension TransferSource {
  /// Returns the value at `position`, after checking that all of it lies before `limit`.
  func item(at position: Int, limit: Int) throws(TransferError) -> CodableItem {
    try item(of: load(at: position, as: UInt8.self), at: position + 1, limit: limit)
  }

  private func item(of tag: UInt8, at position: Int, limit: Int) throws(TransferError) -> CodableItem {
    var (start, size) = (position, 0)
    if CodableTag.text..<CodableTag.smallInteger ~= tag { size = try count(at: &start) }
    guard start <= limit, size <= limit - start else { throw truncated(size, at: start) }
    return CodableItem(tag: tag, start: start, end: start + size)
  }

  /// Returns the entry at `position` of a keyed container.
  func entry(at position: Int, limit: Int) throws(TransferError) -> (key: CodableItem, value: CodableItem) {
    let key = try item(of: CodableTag.text, at: position, limit: limit)
    return (key, try item(at: key.end, limit: limit))
  }

  /// Returns the first entry with this name between two positions, at both of which entries begin
  /// or the container ends.
  func find(_ name: String, from start: Int, to end: Int) throws(TransferError) -> (
    position: Int, value: CodableItem
  )? {
    var position = start
    while position < end {
      let entry = try entry(at: position, limit: end)
      if try bytes(of: entry.key, are: name) { return (position, entry.value) }
      position = entry.value.end
    }
    return nil
  }

  /// Returns the names of all entries and the positions of their values.
  func entries(of item: CodableItem) throws(TransferError) -> [(name: String, value: Int)] {
    var (entries, position) = ([(name: String, value: Int)](), item.start)
    while position < item.end {
      let entry = try entry(at: position, limit: item.end)
      try charge(1, stride: MemoryLayout<(String, Int)>.stride)
      entries.append((try text(at: entry.key.start, entry.key.count), entry.key.end))
      position = entry.value.end
    }
    return entries
  }

  /// Returns the tag and the size that each number of an array of numbers has.
  func numbers(_ item: CodableItem) throws(TransferError) -> (tag: UInt8, size: Int) {
    let (tag, size) = try load(at: item.start, as: (UInt8, UInt8).self)
    guard item.count >= 2, size > 0 else {
      throw TransferError(.invalidValue, "numbers without a size at offset \(item.start)")
    }
    return (tag, Int(size))
  }

  /// Returns the element at `position` of an unkeyed container or of an array of numbers.
  func element(of item: CodableItem, at position: Int) throws(TransferError) -> CodableItem {
    guard item.tag == CodableTag.numbers else { return try self.item(at: position, limit: item.end) }
    let (tag, size) = try numbers(item)
    guard size <= item.end - position else { throw truncated(size, at: position) }
    return CodableItem(tag: tag, start: position, end: position + size)
  }

  func text(_ item: CodableItem) throws(TransferError) -> String? {
    item.tag == CodableTag.text ? try text(at: item.start, item.count) : nil
  }

  func bytes(of item: CodableItem, are text: String) throws(TransferError) -> Bool {
    let span = text.utf8Span.span
    guard span.count == item.count else { return false }
    let start = unsafe try bytes(at: item.start, item.count)
    // SAFETY: the number of bytes equals the length of the span.
    for index in span.indices where unsafe start.load(fromByteOffset: index, as: UInt8.self) != span[index] {
      return false
    }
    return true
  }

  /// Returns the number with its bits unchanged, or nil if it is not a floating-point number of
  /// this size.
  func float<Float: BitwiseCopyable>(_ item: CodableItem, as type: Float.Type) throws(TransferError) -> Float?
  {
    guard item.tag == CodableTag.floating, item.count == MemoryLayout<Float>.size else { return nil }
    return try load(at: item.start, as: type)
  }

  /// Returns the integer, or nil if the value is not an integer or `Integer` cannot hold it.
  func integer<Integer: FixedWidthInteger>(
    _ item: CodableItem, as type: Integer.Type
  ) throws(TransferError) -> Integer? {
    if item.tag >= CodableTag.smallInteger { return Integer(exactly: item.tag - CodableTag.smallInteger) }
    guard item.tag == CodableTag.signed || item.tag == CodableTag.unsigned, item.count <= 16 else {
      return nil
    }
    let source = unsafe try UnsafeRawBufferPointer(
      start: bytes(at: item.start, item.count), count: item.count)
    var bits: UInt128 = 0
    // SAFETY: `bits` has room for 16 bytes, and at most 16 are copied. The lower bytes come first.
    unsafe withUnsafeMutableBytes(of: &bits) { unsafe $0.copyMemory(from: source) }
    if item.tag == CodableTag.unsigned { return Integer(exactly: bits) }
    let shift = 128 - 8 * item.count
    return Integer(exactly: (Int128(truncatingIfNeeded: bits) << shift) >> shift)
  }
}
