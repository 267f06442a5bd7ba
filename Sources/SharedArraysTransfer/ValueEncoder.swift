/// An encoder of one `Codable` value. It writes at the end of its sink.
final class ValueEncoder: Encoder {
  let sink: TransferSink
  fileprivate let type: Any.Type?
  let depth: Int
  private let parent: ValueEncoder?
  private let key: (any CodingKey)?
  /// The tag of the requested container, or `null` if the value encoded another value in its place.
  private var form: UInt8?
  /// The number of elements of an unkeyed container.
  fileprivate var count = 0

  init(
    _ sink: TransferSink, _ type: Any.Type?, depth: Int, parent: ValueEncoder? = nil,
    key: (any CodingKey)? = nil
  ) {
    (self.sink, self.type, self.depth, self.parent, self.key) = (sink, type, depth, parent, key)
  }

  var userInfo: [CodingUserInfoKey: Any] { [:] }
  var codingPath: [any CodingKey] { (parent?.codingPath ?? []) + (key.map { [$0] } ?? []) }

  func run<Value: Encodable>(_ value: Value) throws {
    guard depth <= sink.limits.depth else { throw sink.limits.tooDeep }
    try sink.charge(1, stride: MemoryLayout<Value>.stride)
    let (outer, start, parts) = (sink.active, sink.byteCount, sink.parts.count)
    sink.active = ObjectIdentifier(self)
    defer {
      sink.active = outer
      discard(from: parts)
    }
    try value.encode(to: self)
    try finish(at: start, parts: parts)
  }

  /// Removes the parts, which breaks the reference cycles between parts and their containers.
  private func discard(from parts: Int) {
    for part in sink.parts.dropFirst(parts) { part.encoder.discard(from: 0) }
    if sink.parts.count > parts { sink.parts.removeSubrange(parts...) }
  }

  /// Completes the value that started at `start`. A value that encoded nothing, not even a
  /// container, is a keyed container without entries.
  private func finish(at start: Int, parts: Int) throws {
    if form == nil { open(CodableTag.keyed) }
    if let failure = sink.failure { throw failure }
    for part in sink.parts[parts...] { try part.encoder.finish(at: 0, parts: 0) }
    try sink.insert(sink.parts[parts...])
    if form != CodableTag.null { try sink.setLength(at: start) }
  }

  fileprivate func encode<Value: Encodable>(_ value: Value, at key: (any CodingKey)?) throws {
    try ValueEncoder(sink, Value.self, depth: depth + 1, parent: self, key: key).run(value)
  }

  /// Checks that this encoder may write, before anything is appended. A type might have kept the
  /// encoder, or might have been refused a container.
  func begin(_ tag: UInt8? = nil) throws(TransferError) -> TransferSink {
    if let failure = sink.failure { throw failure }
    guard sink.active == ObjectIdentifier(self), tag == nil || form == nil else {
      throw TransferError(.refused, "an encoder was used while it was not active, or for two containers")
    }
    form = tag ?? form
    return sink
  }

  /// Runs code that can fail where the encoder cannot throw. The error is thrown at the end of the
  /// value.
  private func attempt(_ body: () throws(TransferError) -> Void) {
    do throws(TransferError) { try body() } catch { sink.failure = sink.failure ?? error }
  }

  private func open(_ tag: UInt8) {
    if form != tag { attempt { () throws(TransferError) in try begin(tag).open(tag) } }
  }

  /// Returns an encoder whose bytes are inserted here later, because other bytes might be appended
  /// before they are complete.
  fileprivate func part(_ key: any CodingKey, named name: String?) -> ValueEncoder {
    let part = TransferSink(partOf: sink)
    // Beyond the limit, encoders are not linked, since releasing a long chain would exhaust the
    // stack.
    let isTooDeep = depth >= sink.limits.depth
    let encoder = ValueEncoder(part, nil, depth: depth + 1, parent: isTooDeep ? nil : self, key: key)
    part.active = ObjectIdentifier(encoder)
    attempt { () throws(TransferError) in
      if isTooDeep { throw sink.limits.tooDeep }
      if let name { try begin().append(name) }
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

// The generic methods implement the requirements for all types that the protocols name, except
// `Int128` and `UInt128`. For these two, default implementations exist that throw.

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
  @inline(__always)
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
