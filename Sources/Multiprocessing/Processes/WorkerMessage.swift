internal import SharedArraysSystem
internal import SharedArraysTransfer

/// A message between a parent and a worker: a kind, two texts, and an encoded value.
///
/// Layout: kind and flags, one byte each; the lengths of the texts, two bytes each; the texts; the
/// bytes of the value. A value that does not fit into one message is in a memory object, whose
/// descriptor comes last. The receiver checks all of it, and trusts nothing: the sender may have
/// been killed, or may be faulty.
struct WorkerMessage: ~Copyable {
  enum Kind: UInt8 {
    /// To the worker: the name of a function, the worker's `WorkerLife` as text, and the input.
    case job = 1
    /// To the parent: the work has started.
    case started = 2
    /// To the parent: the result.
    case result = 3
    /// To the parent: the type and the text of an error that was thrown.
    case failure = 4
    /// To the parent: why a value could not be exchanged.
    case refusal = 5
    /// To the fork server: a request to start a worker, with the worker's descriptors.
    case request = 6
    /// From the fork server: the worker's pid and pidfd.
    case forked = 7
    /// From the fork server: how the worker ended.
    case ended = 8
  }

  let kind: Kind
  let first: String
  let second: String
  let payload: [UInt8]
  /// The error that kept the value, or descriptors in it, from being received.
  private let loss: SystemError?
  private(set) var descriptors: DescriptorList

  private static let headerByteCount = 6
  private static let inMemory: UInt8 = 1

  // MARK: Sending

  /// Sends a message. The caller keeps the ownership of the descriptors.
  static func send(
    _ kind: Kind, _ first: String = "", _ second: String = "", payload: RawSpan = RawSpan(),
    descriptors: [CInt] = [], over socket: borrowing OwnedDescriptor
  ) throws(SystemError) {
    let texts = (cut(first), cut(second))
    var bytes: [UInt8] = [kind.rawValue, 0]
    for text in [texts.0, texts.1] { bytes += [UInt8(text.count & 255), UInt8(text.count >> 8)] }
    bytes += texts.0 + texts.1
    if bytes.count + payload.byteCount <= OwnedDescriptor.largestMessageByteCount {
      // SAFETY: here and below, the buffers are used only within the closures, where the spans keep
      // them alive.
      unsafe payload.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
      return try unsafe bytes.span.bytes.withUnsafeBytes { buffer throws(SystemError) in
        try unsafe socket.send(buffer, descriptors: descriptors)
      }
    }
    bytes[1] = inMemory
    let memory = try OwnedDescriptor.anonymousMemory(label: "sharedarrays-value")
    try unsafe payload.withUnsafeBytes { buffer throws(SystemError) in try unsafe memory.write(buffer, at: 0)
    }
    try unsafe bytes.span.bytes.withUnsafeBytes { buffer throws(SystemError) in
      try unsafe socket.send(buffer, descriptors: descriptors + [memory.rawValue])
    }
  }

  /// Returns the UTF-8 bytes of a text, cut between characters to at most 8 KiB.
  private static func cut(_ text: String) -> [UInt8] {
    var room = 8192
    return Array(
      text.prefix { character in
        room -= character.utf8.count
        return room >= 0
      }.utf8)
  }

  // MARK: Receiving

  /// Receives a message; nil if none has arrived, if the other end is closed, or if the message is
  /// malformed.
  static func receive(
    from socket: borrowing OwnedDescriptor, mayWait: Bool
  ) throws(SystemError) -> WorkerMessage? {
    guard let (bytes, numbers, hasAll) = try socket.receive(mayWait: mayWait) else { return nil }
    var descriptors = DescriptorList()
    for number in numbers { _ = descriptors.append(OwnedDescriptor(owning: number)) }
    guard bytes.count >= headerByteCount, let kind = Kind(rawValue: bytes[0]) else { return nil }
    let lengths = (Int(bytes[2]) | Int(bytes[3]) << 8, Int(bytes[4]) | Int(bytes[5]) << 8)
    let texts = headerByteCount..<headerByteCount + lengths.0 + lengths.1
    guard texts.upperBound <= bytes.count else { return nil }
    let first = String(decoding: bytes[texts].prefix(lengths.0), as: UTF8.self)
    let second = String(decoding: bytes[texts].dropFirst(lengths.0), as: UTF8.self)
    var payload = Array(bytes[texts.upperBound...])
    var loss = hasAll ? nil : SystemError(call: "recvmsg", code: ErrorCode.tooManyFiles)
    if bytes[1] == inMemory, hasAll {
      guard let memory = descriptors.take(at: numbers.count - 1) else { return nil }
      do throws(SystemError) { payload = try contents(of: memory) } catch { loss = error }
    }
    return WorkerMessage(
      kind: kind, first: first, second: second, payload: payload, loss: loss, descriptors: descriptors)
  }

  private static func contents(of memory: borrowing OwnedDescriptor) throws(SystemError) -> [UInt8] {
    let count = try memory.status().byteCount
    // SAFETY: the buffer has room for `count` bytes, and `filled` is the number of bytes read into
    // it.
    return try unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled throws(SystemError) in
      filled = try unsafe memory.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
    }
  }

  /// Takes a received descriptor.
  mutating func takeDescriptor(at index: Int) -> OwnedDescriptor? { descriptors.take(at: index) }

  /// Takes the received value, with its descriptors.
  mutating func takeValue() throws(TransferError) -> TransferMessage {
    if let loss { throw TransferError(.system, underlying: loss) }
    var taken = DescriptorList()
    swap(&taken, &descriptors)
    // SAFETY: the initializer copies the bytes of the span.
    return try unsafe TransferMessage(bytes: payload.span.bytes, descriptors: taken)
  }
}
