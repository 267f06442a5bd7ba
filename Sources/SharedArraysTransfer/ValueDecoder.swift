/// A decoder of one `Codable` value.
final class ValueDecoder: Decoder, SingleValueDecodingContainer {
  let source: TransferSource
  let item: CodableItem
  let depth: Int
  private let parent: ValueDecoder?
  private let key: (any CodingKey)?
  /// The position after the entry that was read last. The next entry to be read is most often
  /// there.
  fileprivate var cursor: Int
  /// The positions of the values by name, once many entries have been requested out of order.
  private var index: [String: Int]?
  private var strays = 0

  init(
    _ source: TransferSource, _ item: CodableItem, depth: Int, parent: ValueDecoder? = nil,
    key: (any CodingKey)? = nil
  ) {
    (self.source, self.item, self.depth, self.parent, self.key) = (source, item, depth, parent, key)
    cursor = item.start
  }

  var userInfo: [CodingUserInfoKey: Any] { [:] }
  var codingPath: [any CodingKey] { (parent?.codingPath ?? []) + (key.map { [$0] } ?? []) }

  /// Decodes this value or a part of it.
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
    if type == Double.self { return try checked(source.float(item, as: Double.self)) }
    if type == Float.self { return try checked(source.float(item, as: Float.self)) }
    if type == Float16.self { return try checked(source.float(item, as: Float16.self)) }
    if type == Bool.self { return try checked(item.truth) }
    if isSmall(type), let type = type as? any FixedWidthInteger.Type { return try integer(type) }
    if item.tag == CodableTag.numbers, let array = type as? any AnyArray.Type,
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

  /// Returns the value of an entry, or nil if the container has no such entry.
  fileprivate func find(_ name: String) throws -> CodableItem? {
    if let index { return try index[name].map { try source.item(at: $0, limit: item.end) } }
    let found =
      try source.find(name, from: cursor, to: item.end) ?? source.find(name, from: item.start, to: cursor)
    // Entries are most often requested in their order. If they are not, an index avoids long
    // searches.
    if found?.position != cursor {
      strays += 1
      if strays > 16 { index = Dictionary(try source.entries(of: item)) { first, _ in first } }
    }
    cursor = found?.position ?? cursor
    return found?.value
  }

  func mismatch(_ type: Any.Type, _ item: CodableItem, at key: (any CodingKey)?) -> DecodingError {
    let context = DecodingError.Context(
      codingPath: codingPath + (key.map { [$0] } ?? []),
      debugDescription: "expected \(type), found a value with tag \(item.tag) at offset \(item.start)")
    return item.tag == CodableTag.null ? .valueNotFound(type, context) : .typeMismatch(type, context)
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard item.tag == CodableTag.keyed else { throw mismatch([String: Any].self, item, at: nil) }
    return KeyedDecodingContainer(KeyedReader<Key>(decoder: self))
  }
  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    let isNumbers = item.tag == CodableTag.numbers
    guard isNumbers || item.tag == CodableTag.unkeyed else { throw mismatch([Any].self, item, at: nil) }
    return UnkeyedReader(decoder: self, position: item.start + (isNumbers ? 2 : 0))
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
    ((try? decoder.source.entries(of: decoder.item)) ?? []).compactMap { Key(stringValue: $0.name) }
  }

  @inline(__always)
  private func item(_ key: Key) throws -> CodableItem {
    if let item = try decoder.find(key.stringValue) { return item }
    throw DecodingError.keyNotFound(
      key, .init(codingPath: codingPath, debugDescription: "the key \"\(key.stringValue)\" is missing"))
  }

  func contains(_ key: Key) -> Bool { (try? decoder.find(key.stringValue)) != nil }
  func decodeNil(forKey key: Key) throws -> Bool { try item(key).tag == CodableTag.null }
  func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try value(type, key) }
  func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try value(type, key) }
  @inline(__always)
  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try value(type, key) }
  @inline(__always)
  private func value<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value {
    let item = try item(key)
    decoder.cursor = item.end
    return try decoder.decode(type, item, at: key)
  }
  // Unlike the protocol's default, this distinguishes an optional that is nil from a missing entry.
  func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
    let isOptional = type is any AnyOptional.Type
    guard let item = try decoder.find(key.stringValue), isOptional || item.tag != CodableTag.null else {
      return nil
    }
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
    let key = PlaceKey.ofSuperclass
    return try decoder.child(decoder.find(key.stringValue) ?? .null, at: key)
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
    while let item = try? rest.peek() {
      (rest.position, rest.currentIndex) = (item.end, rest.currentIndex + 1)
    }
    return rest.currentIndex
  }
  private var key: PlaceKey { PlaceKey(intValue: currentIndex) }

  private func peek() throws -> CodableItem {
    if isAtEnd { throw decoder.mismatch(Any.self, .null, at: key) }
    return try decoder.source.element(of: decoder.item, at: position)
  }
  mutating func decodeNil() throws -> Bool {
    let item = try peek()
    if item.tag != CodableTag.null { return false }
    (position, currentIndex) = (item.end, currentIndex + 1)
    return true
  }
  mutating func decode(_ type: Int128.Type) throws -> Int128 { try value(type) }
  mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try value(type) }
  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try value(type) }
  @inline(__always)
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
