// A type with its own encoding, such as one that carries a file descriptor, can be part of
// `Codable` types. Its `Codable` conformance then calls these methods, which use its `Transferable`
// conformance.

extension Encoder {
  /// Encodes a value by ``Transferable/encode(into:)``. This is the complete implementation of the
  /// type's `encode(to:)`.
  ///
  /// - Throws: `EncodingError` if this encoder does not encode a message, which alone can carry the
  ///   value.
  public func encodeTransferable<Value: Transferable>(_ value: Value) throws {
    guard let encoder = self as? ValueEncoder else {
      let text = "A \(Value.self) can be sent to another process, but it cannot be stored."
      throw EncodingError.invalidValue(value, .init(codingPath: codingPath, debugDescription: text))
    }
    try encoder.encodeTransferable(value)
  }
}

extension Decoder {
  /// Decodes a value by ``Transferable/decode(from:)``. This is the complete implementation of the
  /// type's `init(from:)`.
  ///
  /// - Throws: `DecodingError` if this decoder does not decode a message.
  public func decodeTransferable<Value: Transferable>(_ type: Value.Type) throws -> Value {
    guard let decoder = self as? ValueDecoder else {
      let text = "A \(Value.self) can be received from another process, but it cannot be read from a file."
      throw DecodingError.typeMismatch(type, .init(codingPath: codingPath, debugDescription: text))
    }
    return try decoder.decodeTransferable(type)
  }
}

extension ValueEncoder {
  fileprivate func encodeTransferable<Value: Transferable>(_ value: Value) throws {
    let sink = try begin(CodableTag.null)
    let (start, outer) = (sink.byteCount, sink.depth)
    try sink.open(CodableTag.transferred)
    sink.depth = depth
    defer { sink.depth = outer }
    var writer = TransferWriter(sink)
    try value.encode(into: &writer)
    try sink.setLength(at: start)
  }
}

extension ValueDecoder {
  fileprivate func decodeTransferable<Value: Transferable>(_ type: Value.Type) throws -> Value {
    guard item.tag == CodableTag.transferred else { throw mismatch(type, item, at: nil) }
    let outer = (source.position, source.end, source.depth)
    (source.position, source.end, source.depth) = (item.start, item.end, depth)
    defer { (source.position, source.end, source.depth) = outer }
    var reader = TransferReader(source)
    let value = try Value.decode(from: &reader)
    try source.expectEnd()
    return value
  }
}
