public import SharedArraysSystem

/// A value that could not be made into a message, or a message that could not be made into a value, and why.
public struct TransferError: Error, Sendable, CustomStringConvertible {
  /// What went wrong; more codes may come.
  public struct Code: Hashable, Sendable {
    let text: String

    /// The bytes end before the value does.
    public static let truncated = Code(text: "the bytes end before the value does")
    /// More bytes follow the value.
    public static let trailingBytes = Code(text: "more bytes follow the value")
    /// The bytes are of another version of the format, or no message at all.
    public static let unknownVersion = Code(text: "the bytes are not in the format of this version")
    /// The message holds a value of another type.
    public static let wrongType = Code(text: "the message holds a value of another type")
    /// The bytes mean no value of the type.
    public static let invalidValue = Code(text: "the bytes mean no value of the type")
    /// Too many values are inside one another.
    public static let tooDeep = Code(text: "too many values are inside one another")
    /// The message, or what is made from it, would exceed its limit.
    public static let tooLarge = Code(text: "the message exceeds its limit")
    /// The process has no memory left for the message.
    public static let insufficientMemory = Code(text: "no memory is left for the message")
    /// More file descriptors than a message may carry.
    public static let tooManyDescriptors = Code(text: "the message has too many file descriptors")
    /// A file descriptor did not come with the message, or was taken before.
    public static let missingDescriptor = Code(text: "a file descriptor did not come with the message")
    /// The type's own `encode(to:)` or `init(from:)` refused; see `cause`.
    public static let refused = Code(text: "the type's own code refused")
    /// The system refused; see `underlying`.
    public static let system = Code(text: "the system refused")
  }

  /// What went wrong.
  public let code: Code
  /// Sizes, types or places, as a phrase.
  public let detail: String?
  /// What the type's own code threw, if it did; for bytes that mean no value of a `Codable` type, the
  /// `DecodingError`.
  public let cause: (any Error)?
  /// The system call behind it, if one failed.
  public let underlying: SystemError?

  package init(
    _ code: Code, _ detail: String? = nil, cause: (any Error)? = nil, underlying: SystemError? = nil
  ) {
    self.code = code
    self.detail = detail
    self.cause = cause
    self.underlying = underlying
  }

  /// The error of a type's own ``Transferable/decode(from:)`` for bytes that mean no value of the type.
  ///
  /// - Parameter detail: what was found, as a phrase.
  public init(invalidValue detail: String) { self.init(.invalidValue, detail) }

  /// A sentence that names the reason, and the sizes, types or places involved.
  public var description: String {
    var text = "A value could not be transferred: \(code.text)"
    if let detail { text += " (\(detail))" }
    text += "."
    if let underlying { text += " \(underlying.description)" }
    return text
  }
}

extension TransferError {
  /// The error for whatever a `Codable` type's own code threw.
  init(thrown error: any Error) {
    switch error {
    case let error as TransferError: self = error
    case let error as DecodingError: self.init(.invalidValue, Self.phrase(for: error), cause: error)
    default: self.init(.refused, "\(error)", cause: error)
    }
  }

  private static func phrase(for error: DecodingError) -> String {
    switch error {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
      .dataCorrupted(let context):
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      return path.isEmpty ? context.debugDescription : "\(path): \(context.debugDescription)"
    @unknown default: return "\(error)"
    }
  }
}
