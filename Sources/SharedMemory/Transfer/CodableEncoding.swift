/// Encodes one `Codable` value, at the end of its sink.
final class ValueEncoder: Encoder {
  fileprivate let sink: TransferSink
  fileprivate let type: Any.Type?
  private let depth: Int
  private let prefix: [any CodingKey]
  private let parent: ValueEncoder?
  private let key: (any CodingKey)?
  /// The tag of the container that was asked for, or `null` where the value encoded another in its place.
  private var form: UInt8?
  /// The elements of an unkeyed container.
  fileprivate var count = 0

  init(
    _ sink: TransferSink, _ type: Any.Type?, depth: Int, prefix: [any CodingKey] = [],
    parent: ValueEncoder? = nil, key: (any CodingKey)? = nil
  ) {
    (self.sink, self.type, self.depth) = (sink, type, depth)
    (self.prefix, self.parent, self.key) = (prefix, parent, key)
  }

  var userInfo: [CodingUserInfoKey: Any] { [:] }
  var codingPath: [any CodingKey] { prefix + (parent?.codingPath ?? []) + (key.map { [$0] } ?? []) }

  func run(_ value: some Encodable) throws {
    guard depth <= sink.limits.depth else { throw sink.limits.tooDeep }
    let (outer, start, parts) = (sink.active, sink.byteCount, sink.parts.count)
    sink.active = ObjectIdentifier(self)
    defer {
      sink.active = outer
      sink.parts.removeSubrange(parts...)
    }
    try value.encode(to: self)
    try finish(at: start, parts: sink.parts[parts...])
  }

  /// Ends the value that began at `start`. One that encoded nothing, not even a container, has no entries.
  private func finish(at start: Int, parts: ArraySlice<TransferSink.Part>) throws {
    if form == nil { open(CodableTag.keyed) }
    if let failure = sink.failure { throw failure }
    for part in parts { try part.encoder.finish(at: 0, parts: part.encoder.sink.parts[...]) }
    try sink.insert(parts)
    if form != CodableTag.null { try sink.setLength(at: start) }
  }

  fileprivate func encode<Value: Encodable>(_ value: Value, at key: (any CodingKey)?) throws {
    try ValueEncoder(sink, Value.self, depth: depth + 1, parent: self, key: key).run(value)
  }

  /// Checked before anything is appended: some may have kept an encoder, or have been refused a container.
  fileprivate func begin(_ tag: UInt8? = nil) throws(TransferError) -> TransferSink {
    if let failure = sink.failure { throw failure }
    guard sink.active == ObjectIdentifier(self), tag == nil || form == nil else {
      throw TransferError(.refused, "an encoder was used out of turn, or for two containers")
    }
    form = tag ?? form
    return sink
  }

  /// Where an encoder may not throw, the error waits for the end of the value.
  private func attempt(_ body: () throws(TransferError) -> Void) {
    do throws(TransferError) { try body() } catch { sink.failure = sink.failure ?? error }
  }

  private func open(_ tag: UInt8) {
    if form != tag { attempt { () throws(TransferError) in try begin(tag).open(tag) } }
  }

  /// An encoder whose bytes are put here later, since others may be appended before they are complete.
  fileprivate func part(_ key: any CodingKey, named name: String?) -> ValueEncoder {
    let part = TransferSink(partOf: sink)
    let encoder = ValueEncoder(part, nil, depth: depth + 1, prefix: codingPath, key: key)
    part.active = ObjectIdentifier(encoder)
    attempt { () throws(TransferError) in
      if let name { try begin().append(name) }
      if depth >= sink.limits.depth { throw sink.limits.tooDeep }
      try sink.parts.append((begin().byteCount, encoder))
    }
    return encoder
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    open(CodableTag.keyed)
    return KeyedEncodingContainer(KeyedWriter<Key>(encoder: self))
  }
  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    open(CodableTag.unkeyed)
    return ValueWriter(encoder: self, tag: nil)
  }
  func singleValueContainer() -> any SingleValueEncodingContainer {
    ValueWriter(encoder: self, tag: CodableTag.null)
  }
}

// The generic methods serve for all types that the protocols name, but for `Int128` and `UInt128`, for which
// there are implementations that throw.

private struct KeyedWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let encoder: ValueEncoder
  var codingPath: [any CodingKey] { encoder.codingPath }

  private func begin(_ key: Key) throws -> TransferSink {
    let sink = try encoder.begin()
    try sink.append(key.stringValue)
    return sink
  }
  func encodeNil(forKey key: Key) throws { try begin(key).append(CodableTag.null) }
  func encode(_ value: Int128, forKey key: Key) throws { try begin(key).encode(value) }
  func encode(_ value: UInt128, forKey key: Key) throws { try begin(key).encode(value) }
  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    if try !begin(key).encodeScalar(value) { try encoder.encode(value, at: key) }
  }

  private func part(_ key: any CodingKey) -> ValueEncoder { encoder.part(key, named: key.stringValue) }
  func nestedContainer<Other>(keyedBy type: Other.Type, forKey key: Key) -> KeyedEncodingContainer<Other> {
    part(key).container(keyedBy: type)
  }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    part(key).unkeyedContainer()
  }
  func superEncoder(forKey key: Key) -> any Encoder { part(key) }
  func superEncoder() -> any Encoder { part(PlaceKey.ofSuperclass) }
}

private struct ValueWriter: UnkeyedEncodingContainer, SingleValueEncodingContainer {
  let encoder: ValueEncoder
  let tag: UInt8?
  var codingPath: [any CodingKey] { encoder.codingPath }
  var count: Int { encoder.count }

  private func begin() throws -> TransferSink {
    defer { encoder.count += 1 }
    return try encoder.begin(tag)
  }
  func encodeNil() throws { try begin().append(CodableTag.null) }
  func encode(_ value: Int128) throws { try begin().encode(value) }
  func encode(_ value: UInt128) throws { try begin().encode(value) }
  func encode<Value: Encodable>(_ value: Value) throws {
    let sink = try begin()
    if try sink.encodeScalar(value) { return }
    if tag == nil { return try encoder.encode(value, at: PlaceKey(intValue: count - 1)) }
    let isNested = Value.self is any AnyOptional.Type && encoder.type is any AnyOptional.Type
    let start = sink.byteCount
    if isNested { try sink.open(CodableTag.some) }
    try encoder.encode(value, at: nil)
    if isNested { try sink.setLength(at: start) }
  }

  private func part() -> ValueEncoder {
    defer { encoder.count += 1 }
    return encoder.part(PlaceKey(intValue: count), named: nil)
  }
  func nestedContainer<Other>(keyedBy type: Other.Type) -> KeyedEncodingContainer<Other> {
    part().container(keyedBy: type)
  }
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { part().unkeyedContainer() }
  func superEncoder() -> any Encoder { part() }
}

// MARK: Bytes

extension TransferSink {
  /// An encoder with a sink of its own, and where its bytes belong.
  typealias Part = (offset: Int, encoder: ValueEncoder)

  /// Appends a number, a truth, a text or an array of numbers; false if the value is none of these.
  @inline(__always)
  func encodeScalar<Value>(_ value: Value) throws(TransferError) -> Bool {
    if let value = identity(value, as: Int.self) { return try encode(value) }
    if let value = identity(value, as: String.self) {
      try append(CodableTag.text)
      try append(value)
      return true
    }
    if let value = identity(value, as: Double.self) { return try append(CodableTag.floating + 3, value) }
    if let value = identity(value, as: Float.self) { return try append(CodableTag.floating + 2, value) }
    if let value = identity(value, as: Float16.self) { return try append(CodableTag.floating + 1, value) }
    if let value = identity(value, as: Bool.self) {
      return try append(value ? CodableTag.yes : CodableTag.no, ())
    }
    if isSmall(Value.self), let value = value as? any FixedWidthInteger { return try encode(value) }
    guard MemoryLayout<Value>.size == MemoryLayout<[Int]>.size, let array = value as? any AnyArray,
      let tag = Swift.type(of: array).numberTag
    else { return false }
    try array.appendNumbers(to: self, tag)
    return true
  }

  /// Appends an integer in as few bytes as its value needs.
  @inline(__always) @discardableResult
  func encode<Integer: FixedWidthInteger>(_ value: Integer) throws(TransferError) -> Bool {
    if value >= 0, value < CodableTag.smallInteger {
      return try append(CodableTag.smallInteger | UInt8(truncatingIfNeeded: value), ())
    }
    if let value = Int16(exactly: value) { return try append(CodableTag.signed + 1, value) }
    if let value = Int32(exactly: value) { return try append(CodableTag.signed + 2, value) }
    if let value = Int64(exactly: value) { return try append(CodableTag.signed + 3, value) }
    if let value = UInt64(exactly: value) { return try append(CodableTag.unsigned + 3, value) }
    if let value = Int128(exactly: value) { return try append(CodableTag.signed + 4, value) }
    return try append(CodableTag.unsigned + 4, UInt128(truncatingIfNeeded: value))
  }

  private func append(_ tag: UInt8, _ payload: some BitwiseCopyable) throws(TransferError) -> Bool {
    try append(tag)
    try append(payload)
    return true
  }

  /// Begins a value whose length is set at its end.
  func open(_ tag: UInt8) throws(TransferError) { _ = try append(tag, UInt32(0)) }

  func setLength(at start: Int) throws(TransferError) {
    let length = byteCount - start - 5
    guard let length = UInt32(exactly: length) else {
      throw TransferError(.tooLarge, "\(length) bytes in a value")
    }
    // SAFETY: `open` appended these bytes behind the tag at `start`.
    unsafe base.unsafelyUnwrapped.storeBytes(of: length, toByteOffset: start + 1, as: UInt32.self)
  }

  /// Puts the bytes of each part ahead of those at its offset.
  func insert(_ parts: ArraySlice<Part>) throws(TransferError) {
    var source = byteCount
    for part in parts { _ = unsafe try reserve(part.encoder.sink.byteCount) }
    var target = byteCount
    for (offset, encoder) in parts.reversed() {
      // SAFETY: from the last byte to the first: each moves up by the sizes of the parts ahead of it, for
      // which the memory has just been appended. A finished part has bytes.
      let (base, count) = unsafe (base.unsafelyUnwrapped, encoder.sink.byteCount)
      unsafe (base + target - (source - offset)).copyMemory(from: base + offset, byteCount: source - offset)
      target -= source - offset + count
      unsafe (base + target).copyMemory(from: encoder.sink.base.unsafelyUnwrapped, byteCount: count)
      source = offset
    }
  }
}
