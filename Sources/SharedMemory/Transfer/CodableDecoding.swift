/// Decodes one `Codable` value.
final class ValueDecoder: Decoder, SingleValueDecodingContainer {
  fileprivate let source: TransferSource
  fileprivate let item: CodableItem
  private let depth: Int
  private let parent: ValueDecoder?
  private let key: (any CodingKey)?
  /// The entry after the one that was read last, which is most often the next to be read.
  fileprivate var cursor: Int

  init(
    _ source: TransferSource, _ item: CodableItem, depth: Int, parent: ValueDecoder? = nil,
    key: (any CodingKey)? = nil
  ) {
    (self.source, self.item, self.depth, self.parent, self.key) = (source, item, depth, parent, key)
    cursor = item.start
  }

  var userInfo: [CodingUserInfoKey: Any] { [:] }
  var codingPath: [any CodingKey] { (parent?.codingPath ?? []) + (key.map { [$0] } ?? []) }

  /// Decodes a value that is this one or part of it.
  @inline(__always)
  func decode<Value: Decodable>(
    _ type: Value.Type, _ item: CodableItem, at key: @autoclosure () -> (any CodingKey)?
  ) throws -> Value {
    func checked<Found>(_ found: Found?) throws -> Value {
      if let found, let value = identity(found, as: Value.self) { return value }
      throw mismatch(type, item, at: key())
    }
    func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) throws -> Value {
      try checked(source.integer(item, as: type))
    }
    if type == Int.self { return try integer(Int.self) }
    if type == String.self { return try checked(source.text(item)) }
    if type == Double.self {
      return try checked(source.number(item, CodableTag.floating + 3, as: Double.self))
    }
    if type == Float.self { return try checked(source.number(item, CodableTag.floating + 2, as: Float.self)) }
    if type == Float16.self {
      return try checked(source.number(item, CodableTag.floating + 1, as: Float16.self))
    }
    if type == Bool.self { return try checked(item.truth) }
    if isSmall(type), let type = type as? any FixedWidthInteger.Type { return try integer(type) }
    if item.tag == CodableTag.numbers, let array = type as? any AnyArray.Type,
      try array.numberTag == source.load(at: item.start, as: UInt8.self),
      let value = try array.init(numbers: item, of: source) as? Value
    {
      return value
    }
    try source.charge(1, stride: MemoryLayout<Value>.stride)
    return try Value(from: child(item, at: key()))
  }

  fileprivate func child(_ item: CodableItem, at key: (any CodingKey)?) throws -> ValueDecoder {
    guard depth < source.limits.depth else { throw source.limits.tooDeep }
    return ValueDecoder(source, item, depth: depth + 1, parent: self, key: key)
  }

  private func mismatch(_ type: Any.Type, _ item: CodableItem, at key: (any CodingKey)?) -> DecodingError {
    let context = DecodingError.Context(
      codingPath: codingPath + (key.map { [$0] } ?? []),
      debugDescription: "no \(type), but a value with the tag \(item.tag), is at offset \(item.start)")
    return item.tag == CodableTag.null ? .valueNotFound(type, context) : .typeMismatch(type, context)
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard item.tag == CodableTag.keyed else { throw mismatch([String: Any].self, item, at: nil) }
    return KeyedDecodingContainer(KeyedReader<Key>(decoder: self))
  }
  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    let isNumbers = item.tag == CodableTag.numbers
    guard isNumbers || item.tag == CodableTag.unkeyed else { throw mismatch([Any].self, item, at: nil) }
    return UnkeyedReader(decoder: self, position: item.start + (isNumbers ? 1 : 0))
  }
  func singleValueContainer() -> any SingleValueDecodingContainer { self }

  func decodeNil() -> Bool { item.tag == CodableTag.null }
  func decode(_ type: Int128.Type) throws -> Int128 { try decode(type, item, at: nil) }
  func decode(_ type: UInt128.Type) throws -> UInt128 { try decode(type, item, at: nil) }
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let isNested = item.tag == CodableTag.some && type is any AnyOptional.Type
    return try decode(type, isNested ? source.item(at: item.start, limit: item.end) : item, at: nil)
  }
}

private struct KeyedReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: ValueDecoder
  var codingPath: [any CodingKey] { decoder.codingPath }

  var allKeys: [Key] {
    var (keys, position) = ([Key](), decoder.item.start)
    while let entry = try? decoder.source.entry(at: position, limit: decoder.item.end) {
      if let text = try? decoder.source.text(entry.key), let key = Key(stringValue: text) { keys.append(key) }
      position = entry.value.end
    }
    return keys
  }

  /// Looks from the cursor on, then from the start to the cursor.
  private func find(_ key: any CodingKey) throws -> CodableItem? {
    let name = key.stringValue
    return try find(name, decoder.cursor, decoder.item.end) ?? find(name, decoder.item.start, decoder.cursor)
  }
  private func find(_ name: String, _ start: Int, _ end: Int) throws -> CodableItem? {
    var position = start
    while position < end {
      let entry = try decoder.source.entry(at: position, limit: decoder.item.end)
      if try decoder.source.bytes(of: entry.key, are: name) {
        decoder.cursor = position
        return entry.value
      }
      position = entry.value.end
    }
    return nil
  }
  private func item(_ key: Key) throws -> CodableItem {
    if let item = try find(key) { return item }
    throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "it is missing"))
  }

  func contains(_ key: Key) -> Bool { (try? find(key)) != nil }
  func decodeNil(forKey key: Key) throws -> Bool { try item(key).tag == CodableTag.null }
  func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try value(type, key) }
  func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try value(type, key) }
  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try value(type, key) }
  private func value<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value {
    let item = try item(key)
    decoder.cursor = item.end
    return try decoder.decode(type, item, at: key)
  }
  // Unlike the protocol's own, this tells an optional that is nil from none.
  func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
    let isOptional = type is any AnyOptional.Type
    guard let item = try find(key), isOptional || item.tag != CodableTag.null else { return nil }
    return try decode(type, forKey: key)
  }

  private func child(_ key: Key) throws -> ValueDecoder { try decoder.child(item(key), at: key) }
  func nestedContainer<Other>(keyedBy type: Other.Type, forKey key: Key) throws -> KeyedDecodingContainer<
    Other
  > {
    try child(key).container(keyedBy: type)
  }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try child(key).unkeyedContainer()
  }
  func superDecoder(forKey key: Key) throws -> any Decoder { try child(key) }
  func superDecoder() throws -> any Decoder {
    try decoder.child(find(PlaceKey.ofSuperclass) ?? .null, at: PlaceKey.ofSuperclass)
  }
}

private struct UnkeyedReader: UnkeyedDecodingContainer {
  let decoder: ValueDecoder
  var position: Int
  var currentIndex = 0

  var codingPath: [any CodingKey] { decoder.codingPath }
  var isAtEnd: Bool { position >= decoder.item.end }
  var count: Int? {
    var rest = self
    while !rest.isAtEnd, (try? rest.child()) != nil {}
    return rest.currentIndex
  }
  private var key: PlaceKey { PlaceKey(intValue: currentIndex) }

  private func peek() throws -> CodableItem { try decoder.source.element(of: decoder.item, at: position) }
  mutating func decodeNil() throws -> Bool {
    let item = try peek()
    if item.tag != CodableTag.null { return false }
    (position, currentIndex) = (item.end, currentIndex + 1)
    return true
  }
  mutating func decode(_ type: Int128.Type) throws -> Int128 { try value(type) }
  mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try value(type) }
  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try value(type) }
  private mutating func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let item = try peek()
    let value = try decoder.decode(type, item, at: key)
    (position, currentIndex) = (item.end, currentIndex + 1)
    return value
  }

  private mutating func child() throws -> ValueDecoder {
    let item = try peek()
    defer { (position, currentIndex) = (item.end, currentIndex + 1) }
    return try decoder.child(item, at: key)
  }
  mutating func nestedContainer<Other>(keyedBy type: Other.Type) throws -> KeyedDecodingContainer<Other> {
    try child().container(keyedBy: type)
  }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try child().unkeyedContainer()
  }
  mutating func superDecoder() throws -> any Decoder { try child() }
}

// MARK: Bytes

/// Where a value's payload is.
struct CodableItem {
  static let null = CodableItem(tag: CodableTag.null, start: 0, end: 0)
  let tag: UInt8
  let start, end: Int

  var truth: Bool? { tag == CodableTag.yes ? true : tag == CodableTag.no ? false : nil }
}

extension TransferSource {
  /// The value at `position`; all of it lies before `limit`.
  func item(at position: Int, limit: Int) throws(TransferError) -> CodableItem {
    let tag = try load(at: position, as: UInt8.self)
    var start = position + 1
    let size: Int
    switch tag {
    case CodableTag.null, CodableTag.no, CodableTag.yes, CodableTag.smallInteger...: size = 0
    case CodableTag.text, CodableTag.numbers: size = try count(at: &start)
    case CodableTag.keyed, CodableTag.unkeyed, CodableTag.some:
      (size, start) = (Int(try load(at: start, as: UInt32.self)), start + 4)
    default: size = try numberSize(tag)
    }
    guard start <= limit, size <= limit - start else { throw truncated(size, at: start) }
    return CodableItem(tag: tag, start: start, end: start + size)
  }

  private func numberSize(_ tag: UInt8) throws(TransferError) -> Int {
    switch tag & ~7 {
    case CodableTag.signed where tag & 7 < 5, CodableTag.unsigned where tag & 7 < 5: 1 << Int(tag & 7)
    case CodableTag.floating where 1...3 ~= tag & 7: 1 << Int(tag & 7)
    default: throw TransferError(.invalidValue, "no value has the tag \(tag)")
    }
  }

  /// The entry of a keyed container at `position`: its key, a text, and its value.
  func entry(at position: Int, limit: Int) throws(TransferError) -> (key: CodableItem, value: CodableItem) {
    var start = position
    let size = try count(at: &start)
    guard start <= limit, size <= limit - start else { throw truncated(size, at: start) }
    let key = CodableItem(tag: CodableTag.text, start: start, end: start + size)
    return (key, try item(at: key.end, limit: limit))
  }

  /// The element at `position` of an unkeyed container or of numbers.
  func element(of item: CodableItem, at position: Int) throws(TransferError) -> CodableItem {
    guard item.tag == CodableTag.numbers else { return try self.item(at: position, limit: item.end) }
    let tag = try load(at: item.start, as: UInt8.self)
    let size = try numberSize(tag)
    guard size <= item.end - position else { throw truncated(size, at: position) }
    return CodableItem(tag: tag, start: position, end: position + size)
  }

  func text(_ item: CodableItem) throws(TransferError) -> String? {
    guard item.tag == CodableTag.text else { return nil }
    let bytes = unsafe try self.bytes(at: item.start, item.end - item.start)
    return unsafe String(
      validating: UnsafeRawBufferPointer(start: bytes, count: item.end - item.start), as: UTF8.self)
  }

  func bytes(of item: CodableItem, are text: String) throws(TransferError) -> Bool {
    let span = text.utf8Span.span
    guard span.count == item.end - item.start else { return false }
    let start = unsafe try bytes(at: item.start, span.count)
    // SAFETY: there are as many bytes as the span has.
    for index in span.indices where unsafe start.load(fromByteOffset: index, as: UInt8.self) != span[index] {
      return false
    }
    return true
  }

  /// The number with its bits, if it has this tag.
  func number<Number: BitwiseCopyable>(
    _ item: CodableItem, _ tag: UInt8, as type: Number.Type
  ) throws(TransferError) -> Number? { item.tag == tag ? try load(at: item.start, as: type) : nil }

  /// The integer, if it is one, and `Integer` can hold it.
  @inline(__always)
  func integer<Integer: FixedWidthInteger>(
    _ item: CodableItem, as type: Integer.Type
  ) throws(TransferError) -> Integer? {
    if item.tag >= CodableTag.smallInteger { return Integer(exactly: item.tag - CodableTag.smallInteger) }
    let kind = item.tag & ~7
    guard kind == CodableTag.signed || kind == CodableTag.unsigned else { return nil }
    let size = item.end - item.start
    let source = unsafe try UnsafeRawBufferPointer(start: bytes(at: item.start, size), count: size)
    var bits: UInt128 = 0
    // SAFETY: an integer has 16 bytes at most; the lower ones come first.
    unsafe withUnsafeMutableBytes(of: &bits) { unsafe $0.copyMemory(from: source) }
    if kind == CodableTag.unsigned { return Integer(exactly: bits) }
    let shift = 128 - 8 * size
    return Integer(exactly: (Int128(truncatingIfNeeded: bits) << shift) >> shift)
  }
}
