/// An encoded value for another process: bytes, and the file descriptors that accompany them.
///
/// The bytes begin with the version of the format, the number of bytes, and a fingerprint of the
/// value's type. All of these are checked before anything else is read. The bytes are
/// self-contained, so they may be copied and sent by any means. The descriptors must be passed by
/// the system.
public struct TransferMessage: ~Copyable, @unchecked Sendable {
  // Why @unchecked: the sink belongs to this value alone, which changes it only when it is
  // consumed.
  @usableFromInline let sink: TransferSink

  /// Encodes a value.
  ///
  /// - Throws: ``TransferError`` with code `tooLarge`, `tooDeep` or `tooManyDescriptors` if a limit
  ///   is exceeded; an error of the value's own code, with code `refused` if it is not a
  ///   ``TransferError``.
  /// - Complexity: O(bytes).
  @inlinable
  public init<Value: Transferable>(
    encoding value: Value, limits: TransferLimits = TransferLimits()
  ) throws(TransferError) {
    // Inlined like the decoding below, so that the conversions of `Value` are specialized by
    // callers that know the type.
    var writer = try TransferWriter(limits: limits)
    try writer.encode(value)
    self.init(writer.finish(Value.self))
  }

  @usableFromInline init(_ sink: TransferSink) { self.sink = sink }

  /// Creates a message from received bytes, which are copied, without file descriptors.
  ///
  /// - Throws: ``TransferError`` with code `insufficientMemory`.
  public init(bytes: RawSpan) throws(TransferError) {
    try self.init(bytes: bytes, descriptors: DescriptorList())
  }

  /// Creates a message from received bytes, which are copied. The message takes ownership of the
  /// descriptors.
  package init(bytes: RawSpan, descriptors: consuming DescriptorList) throws(TransferError) {
    sink = TransferSink(limits: TransferLimits(byteCount: bytes.byteCount), descriptors: descriptors)
    // SAFETY: the reserved memory has the size of the span and does not overlap it, and the span
    // keeps its bytes valid during the copy.
    let place = unsafe try sink.reserve(bytes.byteCount)
    unsafe bytes.withUnsafeBytes { source in
      if let start = source.baseAddress { unsafe place.copyMemory(from: start, byteCount: source.count) }
    }
  }

  /// The number of bytes to send.
  public var byteCount: Int { sink.byteCount }

  /// The bytes to send.
  ///
  /// Assign the message to a variable before accessing this property. The optimizer of Swift 6.3
  /// crashes if the property is accessed on a message in the expression that creates it.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // SAFETY: the bytes exist and do not change for the lifetime of `self`.
      let span = unsafe RawSpan(_unsafeBytes: sink.bytes)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The number of file descriptors to send with the bytes.
  public var descriptorCount: Int { sink.rawDescriptors.count }

  /// The file descriptors, in the order of their indices. The message continues to own them.
  package var rawDescriptors: [CInt] { sink.rawDescriptors }

  /// Decodes the value. Closes the file descriptors that the value does not take.
  ///
  /// - Throws: ``TransferError`` with code `wrongType` if the message holds a value of another
  ///   type; `unknownVersion`, `truncated`, `trailingBytes` or `invalidValue` for bytes that do not
  ///   represent such a value; `tooLarge` or `tooDeep` if a limit is exceeded; `refused` if the
  ///   type's own code throws another error.
  @inlinable
  public consuming func decode<Value: Transferable>(
    as type: Value.Type = Value.self, limits: TransferLimits = TransferLimits()
  ) throws(TransferError) -> Value {
    var reader = TransferReader(sink, limits: limits)
    return try reader.decodeMessage(type)
  }

  /// Decodes the value of a message without file descriptors directly from its bytes.
  ///
  /// - Throws: The same errors as ``decode(as:limits:)``.
  /// - Precondition: The bytes do not change during the call. If another process can change them,
  ///   copy them first.
  @inlinable
  public static func decode<Value: Transferable>(
    _ type: Value.Type, from bytes: RawSpan, limits: TransferLimits = TransferLimits()
  ) throws(TransferError) -> Value {
    // SAFETY: the span keeps the bytes valid until the call returns, and the reader does not use
    // them afterwards.
    var reader = unsafe TransferReader(bytes.withUnsafeBytes { unsafe $0 }, limits: limits)
    return try reader.decodeMessage(type)
  }
}

extension TransferWriter {
  /// Creates a writer for a message.
  @usableFromInline
  init(limits: TransferLimits) throws(TransferError) {
    sink = TransferSink(limits: limits)
    try Header.reserve(in: sink)
  }

  /// Creates a writer for a message in reused memory.
  @usableFromInline
  init(limits: TransferLimits, in spare: SinkCache) throws(TransferError) {
    sink = spare.take(limits: limits)
    try Header.reserve(in: sink)
  }

  /// Completes the header and returns the encoded message.
  @usableFromInline
  consuming func finish<Value>(_ type: Value.Type) -> TransferSink {
    unsafe Header.write(for: type, over: sink.bytes)
    return sink
  }
}

extension TransferReader {
  /// Creates a reader of a message that is read once.
  @usableFromInline
  init(_ sink: TransferSink, limits: TransferLimits) {
    unsafe source = TransferSource(
      sink.bytes, descriptors: sink.takeDescriptors(), limits: limits, owner: sink)
  }

  /// Creates a reader of bytes that do not change until ``decodeMessage(_:)`` returns.
  @usableFromInline
  @unsafe init(_ bytes: UnsafeRawBufferPointer, limits: TransferLimits) {
    unsafe source = TransferSource(bytes, descriptors: DescriptorList(), limits: limits, owner: nil)
  }

  /// Creates a reader of such bytes that were received with descriptors.
  @unsafe package init(
    _ bytes: UnsafeRawBufferPointer, descriptors: consuming DescriptorList, limits: TransferLimits
  ) {
    unsafe source = TransferSource(bytes, descriptors: descriptors, limits: limits, owner: nil)
  }

  /// Decodes the whole message. Afterwards, the reader has nothing left to read.
  @inlinable
  package mutating func decodeMessage<Value: Transferable>(_ type: Value.Type) throws(TransferError) -> Value
  {
    defer { source.close() }
    try begin(type)
    let value = try decode(type)
    try source.expectEnd()
    return value
  }

  @usableFromInline
  func begin<Value>(_ type: Value.Type) throws(TransferError) { try Header.check(for: type, in: source) }
}

/// The header of a message: the version and the number of bytes in one word, and the fingerprint in
/// another.
private enum Header {
  static let byteCount = 16
  static let version: UInt64 = 1
  /// The position of the version in its word. The lower bits are the number of bytes.
  static let versionShift: UInt64 = 48

  static func reserve(in sink: TransferSink) throws(TransferError) { try sink.appendZeros(byteCount) }

  static func write<Value>(for type: Value.Type, over message: UnsafeRawBufferPointer) {
    let word = version << versionShift | UInt64(message.count)
    // SAFETY: a message starts with the sixteen bytes that `reserve` appended, in memory of its
    // own.
    let message = unsafe UnsafeMutableRawBufferPointer(mutating: message)
    unsafe message.storeBytes(of: word, as: UInt64.self)
    unsafe message.storeBytes(of: TypeFingerprint.of(type), toByteOffset: 8, as: UInt64.self)
  }

  static func check<Value>(for type: Value.Type, in source: TransferSource) throws(TransferError) {
    let available = source.end
    guard available <= source.limits.byteCount else {
      throw TransferError(.tooLarge, "\(available) bytes; the limit is \(source.limits.byteCount)")
    }
    let word = unsafe try source.take(8).loadUnaligned(as: UInt64.self)
    guard word >> versionShift == version else {
      throw TransferError(.unknownVersion, "version \(word >> versionShift) instead of \(version)")
    }
    let announced = Int(word & (1 << versionShift - 1))
    guard announced <= available, announced >= byteCount else {
      throw TransferError(.truncated, "\(available) bytes of \(announced)")
    }
    guard announced == available else {
      throw TransferError(.trailingBytes, "\(available) bytes instead of \(announced)")
    }
    let fingerprint = unsafe try source.take(8).loadUnaligned(as: UInt64.self)
    guard fingerprint == TypeFingerprint.of(type) else {
      throw TransferError(.wrongType, "\(type) was requested")
    }
  }
}
