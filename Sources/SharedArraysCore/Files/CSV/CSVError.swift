public import SharedArraysSystem

/// A text file of numbers that could not be read or written, and why.
public struct CSVError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong; more codes may come.
  public struct Code: Hashable, Sendable {
    let text: String

    /// A field holds something else than a number of the element type.
    public static let notANumber = Code(text: "the field is not a number")
    /// A field holds a number that the element type does not have.
    public static let outOfRange = Code(text: "the number is out of range")
    /// A field is empty, and nothing was given to take in its place.
    public static let emptyField = Code(text: "the field is empty")
    /// A line has more or fewer fields than the first one.
    public static let fieldCount = Code(text: "the line has another number of fields than the first one")
    /// The lines have fewer fields than one of the columns asked for needs.
    public static let noSuchColumn = Code(text: "there is no such column")
    /// The file ends inside quotes.
    public static let unterminatedQuote = Code(text: "the quote is not closed")
    /// The file has no line with fields.
    public static let empty = Code(text: "it has no lines of numbers")
    /// Another program changed the file.
    public static let changed = Code(text: "it changed while it was read")
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
  /// The line it happened in; the first one is 1.
  public let line: Int?
  /// The character of the line at which the field starts; the first one is 1.
  public let column: Int?
  /// The text of the field; of a long one the start and "…".
  public let field: String?
  /// Particulars, as a sentence or phrase.
  public let detail: String?
  /// The system call behind it, if one failed.
  public let underlying: SystemError?

  init(
    _ code: Code, path: String, line: Int? = nil, column: Int? = nil, field: String? = nil,
    detail: String? = nil,
    underlying: SystemError? = nil
  ) {
    self.code = code
    self.path = path
    self.line = line
    self.column = column
    self.field = field
    self.detail = detail
    self.underlying = underlying
  }

  init(_ error: FileReplacingError, path: String) {
    self.init(error.isInPlace ? .unsynchronized : .system, path: path, underlying: error.cause)
  }

  /// A sentence such as "The file "x.csv", line 3, column 5: the field is not a number ("abc"; float64 is
  /// expected)."
  public var description: String {
    var text = "The file \(path.debugDescription)"
    if let line { text += ", line \(line)" }
    if let column { text += ", column \(column)" }
    text += ": \(code.text)"
    let particulars = [field?.debugDescription, detail].compactMap { $0 }
    if !particulars.isEmpty { text += " (\(particulars.joined(separator: "; ")))" }
    text += "."
    if let underlying { text += " \(underlying.description)" }
    return text
  }
}
