public import SharedArraysSystem
public import SharedArraysTransfer

/// Why a message could not be sent or received, or a connection could not be made.
public struct ConnectionError: Error, Sendable, CustomStringConvertible {
  /// What went wrong; more codes may come.
  public struct Code: Hashable, Sendable {
    let text: String

    // Messages.

    /// All messages have been received, and the other end is closed, by its process or by that one's death.
    public static let endOfFile = Code(text: "the other end is closed, and no message is left")
    /// The other end is closed, so nobody will receive the message.
    public static let brokenPipe = Code(text: "the other end is closed, and nobody receives")
    /// The time given for the call has passed. Nothing has been sent or received.
    public static let timedOut = Code(text: "the time was up")
    /// This end has been closed by its own process.
    public static let closed = Code(text: "this end has been closed")
    /// This end of a one-way connection is for the other direction.
    public static let wrongDirection = Code(text: "this end is for the other direction")
    /// The message holds something else than was asked for: a value of another type, or bytes where a value was asked for, or
    /// the other way round. It has been taken out all the same.
    public static let wrongType = Code(text: "the message holds something else")
    /// The value could not be encoded or decoded; see `transfer`. A message that arrived has been taken out all the same.
    public static let notTransferable = Code(text: "the value could not be encoded or decoded")
    /// The message has more bytes than its limit, or than there is room for. One that arrived has been taken out all the same.
    public static let tooLarge = Code(text: "the message is too large")
    /// There is no memory left for the message.
    public static let insufficientMemory = Code(text: "no memory is left for the message")
    /// What arrived is no message of this package, or has lost its descriptors on the way. It has been taken out.
    public static let corrupt = Code(text: "what arrived is no message")

    // Paths.

    /// Somebody listens at the path, or something else is there.
    public static let alreadyExists = Code(text: "the path is taken")
    /// Nobody listens at the path.
    public static let notFound = Code(text: "nobody listens at the path")
    /// The path cannot be one of a socket: it is empty, has a zero byte, or more than 107 bytes.
    public static let invalidPath = Code(text: "no socket can have this path")
    /// The process at the other end belongs to another user.
    public static let foreignUser = Code(text: "the other process belongs to another user")

    /// The system refused; see `underlying`.
    public static let system = Code(text: "the system refused")
  }

  /// What went wrong.
  public let code: Code
  /// Sizes, paths or other particulars, as a phrase.
  public let detail: String?
  /// What is wrong with the value, if that is it.
  public let transfer: TransferError?
  /// The system call behind it, if one failed.
  public let underlying: SystemError?

  init(
    _ code: Code, _ detail: String? = nil, transfer: TransferError? = nil, underlying: SystemError? = nil
  ) {
    self.code = code
    self.detail = detail
    self.transfer = transfer
    self.underlying = underlying
  }

  /// A sentence with the sizes, paths or types involved.
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
  /// The error for a value that did not become a message, or a message that did not become a value.
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

  /// The error for memory that could not be had.
  init(_ error: ReservationError, byteCount: Int) {
    switch error {
    case .insufficientSpace(let available, let limit):
      self.init(.insufficientMemory, "\(byteCount) bytes; \(limit.rawValue) has \(available) left")
    case .system(let error): self.init(.system, "\(byteCount) bytes", underlying: error)
    }
  }
}
