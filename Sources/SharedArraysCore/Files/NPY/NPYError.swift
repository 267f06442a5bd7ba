public import SharedArraysSystem

/// An error in reading or writing a `.npy` file.
public struct NPYError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A kind of failure. Later versions may add codes.
  public struct Code: Hashable, Sendable {
    let text: String

    /// The file is not a regular file or has no valid `.npy` header.
    public static let corrupt = Code(text: "it is not a valid .npy file")
    /// The file ends before the elements that its header announces.
    public static let truncated = Code(text: "it is shorter than its header says")
    /// The file holds another element type than the requested one.
    public static let mismatch = Code(text: "its element type differs from the requested one")
    /// An element of the file cannot be converted to the requested type.
    public static let conversion = Code(text: "an element cannot be converted")
    /// The file is valid, but an array here cannot hold it: it has too many axes, or elements that
    /// cannot be mapped because they are big-endian or misaligned.
    public static let unsupported = Code(text: "its contents are not supported")
    /// The memory for the elements could not be allocated.
    public static let insufficientMemory = Code(text: "memory for its elements could not be allocated")
    /// The file is complete and has its name, but the name might not survive a power failure.
    public static let unsynchronized = Code(
      text: "it is complete, but its name might not survive a power failure")
    /// A system call failed; see `underlying`.
    public static let system = Code(text: "reading or writing failed")
  }

  /// The kind of failure.
  public let code: Code
  /// The path of the file.
  public let path: String
  /// Details, as a sentence or phrase.
  public let detail: String?
  /// The system call that failed, if one did.
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
