public import SharedArraysSystem

/// An error of encoding a value to a message, or of decoding one.
public struct TransferError: Error, Sendable, CustomStringConvertible {
  /// The cause of an error. Future versions might add codes.
  public struct Code: Hashable, Sendable {
    let text: String

    /// The bytes end before the value does.
    public static let truncated = Code(text: "the bytes end before the value does")
    /// More bytes follow the value.
    public static let trailingBytes = Code(text: "more bytes follow the value")
    /// The bytes are in another version of the format, or are not a message.
    public static let unknownVersion = Code(text: "the bytes are not in the format of this version")
    /// The message holds a value of another type.
    public static let wrongType = Code(text: "the message holds a value of another type")
    /// The bytes do not represent a value of the type.
    public static let invalidValue = Code(text: "the bytes are not a valid value of the type")
    /// Values are nested too deeply.
    public static let tooDeep = Code(text: "values are nested too deeply")
    /// The message, or the values decoded from it, would exceed the limit.
    public static let tooLarge = Code(text: "the message exceeds its limit")
    /// The process has no memory left for the message.
    public static let insufficientMemory = Code(text: "no memory is left for the message")
    /// The message has more file descriptors than the limit allows.
    public static let tooManyDescriptors = Code(text: "the message has too many file descriptors")
    /// A file descriptor was not received with the message, or has already been taken.
    public static let missingDescriptor = Code(text: "a file descriptor is missing from the message")
    /// The type's own `encode(to:)` or `init(from:)` threw an error; see `cause`.
    public static let refused = Code(text: "the type's own code failed")
    /// A system call failed; see `underlying`.
    public static let system = Code(text: "a system call failed")
  }

  /// The cause of the error.
  public let code: Code
  /// Sizes, types or positions, as a phrase.
  public let detail: String?
  /// The error that the type's own code threw, if any. For bytes that do not represent a value of a
  /// `Codable` type, this is the `DecodingError`.
  public let cause: (any Error)?
  /// The system call that failed, if any.
  public let underlying: SystemError?

  package init(
    _ code: Code, _ detail: String? = nil, cause: (any Error)? = nil, underlying: SystemError? = nil
  ) {
    self.code = code
    self.detail = detail
    self.cause = cause
    self.underlying = underlying
  }

  /// Creates the error that a type's own ``Transferable/decode(from:)`` throws for bytes that do
  /// not represent a value of the type.
  ///
  /// - Parameter detail: A description of what was found, as a phrase.
  public init(invalidValue detail: String) { self.init(.invalidValue, detail) }

  /// A sentence that names the reason, and the sizes, types or positions involved.
  public var description: String {
    var text = "A value could not be transferred: \(code.text)"
    if let detail { text += " (\(detail))" }
    text += "."
    if let underlying { text += " \(underlying.description)" }
    return text
  }
}

extension TransferError {
  /// Creates the error for an error that a `Codable` type's own code threw.
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
