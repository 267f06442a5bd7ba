public import SharedArraysSystem

/// An error in reading or writing a text file of numbers.
public struct CSVError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A kind of failure. Later versions may add codes.
  public struct Code: Hashable, Sendable {
    let text: String

    /// A field does not hold a number of the element type.
    public static let notANumber = Code(text: "the field is not a number")
    /// A field holds a number that the element type cannot represent.
    public static let outOfRange = Code(text: "the number is out of range")
    /// A field is empty, and the caller has given no value for missing elements.
    public static let emptyField = Code(text: "the field is empty")
    /// A line has more or fewer fields than the first one.
    public static let fieldCount = Code(text: "the line has more or fewer fields than the first one")
    /// The lines have too few fields for one of the requested columns.
    public static let noSuchColumn = Code(text: "a requested column does not exist")
    /// The file ends inside quotes.
    public static let unterminatedQuote = Code(text: "the quote is not closed")
    /// The file has no line with fields.
    public static let empty = Code(text: "it has no lines of numbers")
    /// The file changed while it was read.
    public static let changed = Code(text: "it changed while it was read")
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
  /// The number of the line with the error, counted from 1.
  public let line: Int?
  /// The number of the character in the line at which the field starts, counted from 1.
  public let column: Int?
  /// The text of the field. A long text is cut off and ends in "…".
  public let field: String?
  /// Details, as a sentence or phrase.
  public let detail: String?
  /// The system call that failed, if one did.
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

  /// A sentence such as "The file "x.csv", line 3, column 5: the field is not a number ("abc";
  /// float64 is expected)."
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
