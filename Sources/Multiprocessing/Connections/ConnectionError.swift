public import SharedArraysSystem
public import SharedArraysTransfer

/// The reason why a message could not be sent or received, or a connection could not be made.
public struct ConnectionError: Error, Sendable, CustomStringConvertible {
  /// The kind of error. More codes may be added.
  public struct Code: Hashable, Sendable {
    let text: String

    // Messages.

    /// All messages have been received, and the other end is closed, by its process or because that
    /// process died.
    public static let endOfFile = Code(text: "the other end is closed, and no message is left")
    /// The other end is closed, so no process will receive the message.
    public static let brokenPipe = Code(text: "the other end is closed and receives no more messages")
    /// The timeout of the call has expired. Nothing has been sent or received.
    public static let timedOut = Code(text: "the timeout expired")
    /// This process has closed this end.
    public static let closed = Code(text: "this end has been closed")
    /// This end of a one-way connection is for the other direction.
    public static let wrongDirection = Code(text: "this end is for the other direction")
    /// The message has other content than requested: a value of another type, bytes instead of a
    /// value, or a value instead of bytes. It has been taken out anyway.
    public static let wrongType = Code(text: "the message has other content than requested")
    /// The value could not be encoded or decoded; see `transfer`. A message that arrived has been
    /// taken out anyway.
    public static let notTransferable = Code(text: "the value could not be encoded or decoded")
    /// The message exceeds its limit, or the room for it. A message that arrived has been taken out
    /// anyway.
    public static let tooLarge = Code(text: "the message is too large")
    /// No memory is left for the message.
    public static let insufficientMemory = Code(text: "no memory is left for the message")
    /// The received data is not a message of this package, or has lost its descriptors on the way.
    /// It has been taken out.
    public static let corrupt = Code(text: "the received data is not a valid message")

    // Paths.

    /// A process listens at the path, or something else exists there.
    public static let alreadyExists = Code(text: "the path already exists")
    /// No process listens at the path.
    public static let notFound = Code(text: "no process listens at the path")
    /// A socket cannot have this path, because it is empty, has a zero byte, or more than 107
    /// bytes.
    public static let invalidPath = Code(text: "a socket cannot have this path")
    /// The process at the other end belongs to another user.
    public static let foreignUser = Code(text: "the other process belongs to another user")

    /// The system refused; see `underlying`.
    public static let system = Code(text: "a system call failed")
  }

  /// The kind of error.
  public let code: Code
  /// Sizes, paths or other details, as a phrase.
  public let detail: String?
  /// The error of the value's encoding or decoding, if that is the cause.
  public let transfer: TransferError?
  /// The failed system call that caused this error, if any.
  public let underlying: SystemError?

  init(
    _ code: Code, _ detail: String? = nil, transfer: TransferError? = nil, underlying: SystemError? = nil
  ) {
    self.code = code
    self.detail = detail
    self.transfer = transfer
    self.underlying = underlying
  }

  /// A message that includes the sizes, paths or types involved.
  public var description: String {
    var text = "Connection: \(code.text)"
    if let detail { text += " (\(detail))" }
    text += "."
    if let transfer { text += " \(transfer.description)" }
    if let underlying { text += " \(underlying.description)" }
    return text
  }
}

extension ConnectionError {
  /// Creates the error for a value that could not be encoded, or a message that could not be
  /// decoded.
  @usableFromInline
  init(_ error: TransferError) {
    let code: Code =
      switch error.code {
      case .wrongType: .wrongType
      case .tooLarge: .tooLarge
      case .insufficientMemory: .insufficientMemory
      default: .notTransferable
      }
    self.init(code, transfer: error)
  }

  /// Creates the error for memory that could not be reserved.
  init(_ error: ReservationError, byteCount: Int) {
    switch error {
    case .insufficientMemory(let available, let limit):
      self.init(.insufficientMemory, "\(byteCount) bytes; \(limit.rawValue) has \(available) left")
    case .system(let error): self.init(.system, "\(byteCount) bytes", underlying: error)
    }
  }
}
