public import SharedArraysSystem

/// A `.npy` file that could not be read or written, and why.
public struct NPYError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong; more codes may come.
  public struct Code: Hashable, Sendable {
    let text: String

    /// The header is not one of NumPy's.
    public static let malformed = Code(text: "it is not a valid .npy file")
    /// The file ends before the elements its header announces.
    public static let truncated = Code(text: "it ends before the elements its header announces")
    /// The file holds another element type than was asked for.
    public static let mismatch = Code(text: "it holds another element type")
    /// An element of the file cannot be converted to the type that was asked for.
    public static let conversion = Code(text: "an element cannot be converted")
    /// The file is valid but holds what this package cannot: too many axes, a byte order that cannot be
    /// mapped.
    public static let unsupported = Code(text: "it holds what an array here cannot")
    /// The memory for the elements could not be had.
    public static let memory = Code(text: "there is no memory for its elements")
    /// The file is in its place, complete, but whether its name outlasts a power failure is not certain.
    public static let unsynchronized = Code(
      text: "it is in its place, but a power failure could still undo that")
    /// The system refused; see `underlying`.
    public static let system = Code(text: "the system refused")
  }

  /// What went wrong.
  public let code: Code
  /// The path of the file.
  public let path: String
  /// Particulars, as a sentence or phrase.
  public let detail: String?
  /// The system call behind it, if one failed.
  public let underlying: SystemError?

  init(_ code: Code, path: String, detail: String? = nil, underlying: SystemError? = nil) {
    self.code = code
    self.path = path
    self.detail = detail
    self.underlying = underlying
  }

  init(_ error: FileReplacingError, path: String) {
    self.init(error.isInPlace ? .unsynchronized : .system, path: path, underlying: error.cause)
  }

  public var description: String {
    var text = "The file \(path.debugDescription): \(code.text)"
    if let detail { text += " (\(detail))" }
    text += "."
    if let underlying { text += " \(underlying.description)" }
    return text
  }
}
