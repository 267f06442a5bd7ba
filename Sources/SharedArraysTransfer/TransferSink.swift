internal import Glibc
internal import SharedArraysSystem

/// The bytes and descriptors of a message during encoding, shared by all writers and encoders of
/// the message.
@usableFromInline
@safe final class TransferSink {
  var limits: TransferLimits
  /// The sink of the whole message, if this one holds a part that is inserted later.
  private let whole: TransferSink?

  private(set) var base: UnsafeMutableRawPointer?
  private var capacity = 0
  var byteCount = 0
  /// The nesting depth of the value that is being encoded.
  var depth = 0
  private var memory = 0
  private var descriptors: DescriptorList

  /// The encoder that may write now. Any other encoder has been kept after its value was encoded.
  var active: ObjectIdentifier?
  /// The parts to insert before the bytes at their offsets, which ascend.
  var parts: [Part] = []
  /// The first error that occurred where an encoder could not throw.
  var failure: TransferError?

  init(limits: TransferLimits, descriptors: consuming DescriptorList = DescriptorList()) {
    self.limits = limits
    self.descriptors = descriptors
    whole = nil
  }

  init(partOf sink: TransferSink) {
    limits = sink.limits
    descriptors = DescriptorList()
    whole = sink.whole ?? sink
  }

  deinit { unsafe free(base) }

  /// The bytes that have been appended. Valid until more bytes are appended.
  var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: base, count: byteCount) }

  var rawDescriptors: [CInt] { descriptors.rawValues }

  func takeDescriptors() -> DescriptorList {
    var taken = DescriptorList()
    swap(&taken, &descriptors)
    return taken
  }

  /// Clears the contents, so that the memory can hold another message.
  ///
  /// - Returns: False if the memory is too large to keep; the sink is unchanged then.
  func empty(keeping mostBytes: Int) -> Bool {
    guard capacity <= mostBytes else { return false }
    (byteCount, depth, memory, active, failure) = (0, 0, 0, nil, nil)
    parts.removeAll(keepingCapacity: true)
    descriptors = DescriptorList()
    return true
  }

  func attach(_ descriptor: consuming OwnedDescriptor) throws(TransferError) -> Int {
    if let whole { return try whole.attach(descriptor) }
    guard descriptors.rawValues.count < limits.descriptorCount else {
      throw TransferError(.tooManyDescriptors, "the limit is \(limits.descriptorCount)")
    }
    return descriptors.append(descriptor)
  }
}

// MARK: Limits

extension TransferSink {
  @usableFromInline
  func enter() throws(TransferError) {
    guard depth < limits.depth else { throw limits.tooDeep }
    depth += 1
  }

  @usableFromInline
  func leave() { depth -= 1 }

  /// Returns the number of bytes. Unlike the property itself, this out-of-line function needs no
  /// check for overlapping accesses.
  @usableFromInline
  func currentByteCount() -> Int { byteCount }

  /// Counts the memory that the reader will need for a collection, so that the sender gets the
  /// error if it exceeds the limit.
  @usableFromInline
  func charge(_ count: Int, stride: Int) throws(TransferError) {
    if let whole { return try whole.charge(count, stride: stride) }
    memory = try limits.charged(memory, count, stride: stride)
  }
}

extension TransferLimits {
  var tooDeep: TransferError { TransferError(.tooDeep, "the limit is \(depth)") }

  func charged(_ memory: Int, _ count: Int, stride: Int) throws(TransferError) -> Int {
    let bytes = count.multipliedReportingOverflow(by: stride)
    guard !bytes.overflow, bytes.partialValue <= byteCount - memory else {
      throw TransferError(.tooLarge, "\(count) elements of \(stride) bytes; the limit is \(byteCount) bytes")
    }
    return memory + bytes.partialValue
  }
}

// MARK: Bytes

extension TransferSink {
  /// Appends bytes that the caller must initialize before it appends anything else.
  @usableFromInline
  func reserve(_ additional: Int) throws(TransferError) -> UnsafeMutableRawPointer {
    if additional > capacity - byteCount || capacity == 0 { try grow(by: additional) }
    defer { byteCount += additional }
    // SAFETY: byteCount + additional <= capacity, so the memory exists and the address lies within
    // it.
    return unsafe base.unsafelyUnwrapped + byteCount
  }

  private func grow(by additional: Int) throws(TransferError) {
    let limit = limits.byteCount
    guard additional <= limit - byteCount else {
      throw TransferError(.tooLarge, "\(byteCount) bytes and \(additional) more; the limit is \(limit)")
    }
    let wanted = max(byteCount + additional, min(max(256, 2 * capacity), limit))
    guard let memory = unsafe realloc(base, max(wanted, 1)) else {
      throw TransferError(.insufficientMemory, "\(wanted) bytes")
    }
    unsafe (base, capacity) = (memory, wanted)
  }

  func append<Value: BitwiseCopyable>(_ value: Value) throws(TransferError) {
    // SAFETY: the reserved space has the size of the value, and the store needs no alignment.
    unsafe try reserve(MemoryLayout<Value>.size).storeBytes(of: value, as: Value.self)
  }

  // A count is one byte, or one of these two bytes followed by four or eight more.
  static let fourBytes: UInt8 = 254, eightBytes: UInt8 = 255

  @usableFromInline
  func append(count: Int) throws(TransferError) {
    if count < Int(Self.fourBytes) { return try append(UInt8(count)) }
    try append(Self.eightBytes)
    try append(UInt64(count))
  }

  @usableFromInline
  func append(_ text: String) throws(TransferError) {
    let span = text.utf8Span.span
    try append(count: span.count)
    try appendElements(span)
  }

  /// Appends the bytes of raw elements.
  @usableFromInline
  func appendElements<Element>(_ elements: Span<Element>) throws(TransferError) {
    let additional = elements.count * MemoryLayout<Element>.stride
    let place = unsafe try reserve(additional)
    // SAFETY: both sides have that many bytes, and the new memory does not overlap anything else.
    unsafe elements.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { unsafe place.copyMemory(from: start, byteCount: additional) }
    }
  }

  @usableFromInline
  func appendZeros(_ additional: Int) throws(TransferError) {
    unsafe try reserve(additional).initializeMemory(as: UInt8.self, repeating: 0, count: additional)
  }
}
