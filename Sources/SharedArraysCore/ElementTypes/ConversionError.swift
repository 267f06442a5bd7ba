public import SharedArraysMemory

/// The reason why the elements of an array cannot be converted to another type, and the first
/// element that cannot.
public struct ConversionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of errors; later versions may add more.
  public struct Code: Hashable, Sendable {
    let text: String

    /// An element is NaN or infinite, and the target is a type of integers.
    public static let notFinite = Code(text: "it is not a finite number")
    /// An element has a fraction, and the target is a type of integers.
    public static let fraction = Code(text: "it is not a whole number")
    /// An element is too small or too large for the target.
    public static let outOfRange = Code(text: "it is out of range")
    /// An element has an imaginary part, and the target is a real type.
    public static let imaginaryPart = Code(text: "its imaginary part is not 0")
    /// The memory for the result cannot be allocated; see `underlying`.
    public static let insufficientMemory = Code(text: "memory for the result could not be allocated")
  }

  /// The kind of error.
  public let code: Code
  /// The indices of the first element that the rule rejects, in row-major order; nil for
  /// `insufficientMemory`.
  public let index: [Int]?
  /// That element as text; nil for `insufficientMemory`.
  public let value: String?
  /// The type of the elements.
  public let source: ElementType
  /// The type to convert to.
  public let target: ElementType
  /// The error of the allocation, for `insufficientMemory`.
  public let underlying: SharedMemoryError?

  init(_ code: Code, index: [Int], value: String, source: ElementType, target: ElementType) {
    self.code = code
    self.index = index
    self.value = value
    self.source = source
    self.target = target
    self.underlying = nil
  }

  init(_ underlying: SharedMemoryError, source: ElementType, target: ElementType) {
    self.code = .insufficientMemory
    self.index = nil
    self.value = nil
    self.source = source
    self.target = target
    self.underlying = underlying
  }

  /// A sentence such as "The element at [0, 3] is 300, which int8 cannot hold: it is out of range."
  public var description: String {
    if let index, let value {
      return "The element at \(index) is \(value), which \(target) cannot hold: \(code.text)."
    }
    let reason = underlying.map { " \($0.description)" } ?? ""
    return "Elements of type \(source) cannot be converted to \(target): \(code.text).\(reason)"
  }
}
