/// A value on its way to another process: bytes, and the file descriptors that go with them.
///
/// The bytes begin with the version of the format, their number, and a fingerprint of the value's type, all
/// of which are checked before anything else is read. They are complete in themselves, so they may be copied
/// and sent anyhow; descriptors have to be passed by the system.
public struct TransferMessage: ~Copyable, @unchecked Sendable {
  // Why @unchecked: the sink belongs to this value alone, which changes it only where it is consumed.
  @usableFromInline let sink: TransferSink

  /// Encodes a value.
  ///
  /// - Throws: ``TransferError`` with code `tooLarge`, `tooDeep` or `tooManyDescriptors` beyond the limits;
  ///   what the value's own code throws, with code `refused` where that is no ``TransferError``.
  /// - Complexity: O(bytes).
  @inlinable
  public init<Value: Transferable>(
    encoding value: Value, limits: TransferLimits = TransferLimits()
  ) throws(TransferError) {
    // Inlined with the reading below, so that the conversions of `Value` are compiled for it, where it is
    // known.
    var writer = try TransferWriter(limits: limits)
    try writer.encode(value)
    self.init(writer.finish(Value.self))
  }

  @usableFromInline init(_ sink: TransferSink) { self.sink = sink }

  /// A message that has arrived without file descriptors, of which the bytes are copied.
  ///
  /// - Throws: ``TransferError`` with code `insufficientMemory`.
  public init(bytes: RawSpan) throws(TransferError) {
    try self.init(bytes: bytes, descriptors: DescriptorList())
  }

  /// A message that has arrived, of which the bytes are copied. The descriptors are the message's from now
  /// on.
  package init(bytes: RawSpan, descriptors: consuming DescriptorList) throws(TransferError) {
    sink = TransferSink(limits: TransferLimits(byteCount: bytes.byteCount), descriptors: descriptors)
    // SAFETY: the bytes stay where they are until the span ends.
    let place = unsafe try sink.reserve(bytes.byteCount)
    unsafe bytes.withUnsafeBytes { source in
      if let start = source.baseAddress { unsafe place.copyMemory(from: start, byteCount: source.count) }
    }
  }

  /// How many bytes have to be sent.
  public var byteCount: Int { sink.byteCount }

  /// What has to be sent.
  ///
  /// Give the message a name before you ask it: the optimiser of Swift 6.3 ends in a fault of its own where a
  /// span is asked of a message that is just being made.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // SAFETY: the bytes live and stay as they are as long as `self`.
      let span = unsafe RawSpan(_unsafeBytes: sink.bytes)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// How many file descriptors have to be sent with the bytes.
  public var descriptorCount: Int { sink.rawDescriptors.count }

  /// The file descriptors, in the order of their indices; they stay the message's.
  package var rawDescriptors: [CInt] { sink.rawDescriptors }

  /// Decodes the value. File descriptors that it does not take are closed.
  ///
  /// - Throws: ``TransferError`` with code `wrongType` if the message holds a value of another type;
  ///   `unknownVersion`, `truncated`, `trailingBytes` or `invalidValue` for bytes that are no such value;
  ///   `tooLarge`, `tooDeep` beyond the limits; `refused` where the type's own code throws something else.
  @inlinable
  public consuming func decode<Value: Transferable>(
    as type: Value.Type = Value.self, limits: TransferLimits = TransferLimits()
  ) throws(TransferError) -> Value {
    var reader = TransferReader(sink, limits: limits)
    return try reader.decodeMessage(type)
  }

  /// Decodes the value of a message without file descriptors from its bytes, wherever they are.
  ///
  /// - Throws: as ``decode(as:limits:)``.
  /// - Precondition: nobody changes the bytes during the call; where others may, copy them first.
  @inlinable
  public static func decode<Value: Transferable>(
    _ type: Value.Type, from bytes: RawSpan, limits: TransferLimits = TransferLimits()
  ) throws(TransferError) -> Value {
    // SAFETY: the span covers the bytes until the call returns, and the reader does not use them beyond it.
    var reader = unsafe TransferReader(bytes.withUnsafeBytes { unsafe $0 }, limits: limits)
    return try reader.decodeMessage(type)
  }
}

extension TransferWriter {
  /// A writer for a message.
  @usableFromInline
  init(limits: TransferLimits) throws(TransferError) {
    sink = TransferSink(limits: limits)
    try Header.reserve(in: sink)
  }

  /// A writer for a message in memory that is there already.
  @usableFromInline
  init(limits: TransferLimits, in spare: SpareSink) throws(TransferError) {
    sink = spare.take(limits: limits)
    try Header.reserve(in: sink)
  }

  /// What has become of the value.
  @usableFromInline
  consuming func finish<Value>(_ type: Value.Type) -> TransferSink {
    unsafe Header.write(for: type, over: sink.bytes)
    return sink
  }
}

extension TransferReader {
  /// A reader of a message that is read once.
  @usableFromInline
  init(_ sink: TransferSink, limits: TransferLimits) {
    unsafe source = TransferSource(
      sink.bytes, descriptors: sink.takeDescriptors(), limits: limits, owner: sink)
  }

  /// A reader of bytes that stay as they are until ``decodeMessage(_:)`` returns.
  @usableFromInline
  @unsafe init(_ bytes: UnsafeRawBufferPointer, limits: TransferLimits) {
    unsafe source = TransferSource(bytes, descriptors: DescriptorList(), limits: limits, owner: nil)
  }

  /// The same for a message that came with descriptors.
  @unsafe package init(
    _ bytes: UnsafeRawBufferPointer, descriptors: consuming DescriptorList, limits: TransferLimits
  ) {
    unsafe source = TransferSource(bytes, descriptors: descriptors, limits: limits, owner: nil)
  }

  /// Reads the whole message, after which there is nothing to read any more.
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

/// The first bytes of a message: version and byte count in one word, the fingerprint in another.
private enum Header {
  static let byteCount = 16
  static let version: UInt64 = 1
  /// The byte count has the lower bits.
  static let versionShift: UInt64 = 48

  static func reserve(in sink: TransferSink) throws(TransferError) { try sink.appendZeros(byteCount) }

  static func write<Value>(for type: Value.Type, over message: UnsafeRawBufferPointer) {
    let word = version << versionShift | UInt64(message.count)
    // SAFETY: a message begins with the sixteen bytes that `reserve` appended, in memory of its own.
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
      throw TransferError(.unknownVersion, "\(word >> versionShift) instead of \(version)")
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
      throw TransferError(.wrongType, "\(type) was asked for")
    }
  }
}
