public import SharedArraysMemory

/// An error of a computation that was refused or failed.
public struct LinearAlgebraError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of an error. Later versions may add codes.
  public struct Code: Hashable, Sendable {
    let text: String

    /// The output shares elements with an input.
    public static let overlap = Code(text: "The output shares memory with an input")
    /// An extent or a leading dimension does not fit 32 bits, the integer size of OpenBLAS.
    public static let tooLarge = Code(text: "An array is too large for OpenBLAS, which counts in 32 bits")
    /// The input contains a NaN or an infinity.
    public static let notFinite = Code(text: "The input has an element that is not finite")
    /// An iterative method did not converge; see ``LinearAlgebraError/unconvergedCount``.
    public static let notConverged = Code(text: "The iteration did not converge")
    /// The memory for a temporary or for the result could not be allocated; see
    /// ``LinearAlgebraError/underlying``.
    public static let insufficientMemory = Code(
      text: "Memory for a temporary or for the result could not be allocated")
  }

  /// The kind of the error.
  public let code: Code
  /// The arrays and sizes involved, as a phrase.
  public let detail: String
  /// The number of values that did not converge, if the code is `notConverged`.
  public let unconvergedCount: Int?
  /// The cause of a failed allocation, if the code is `insufficientMemory`.
  public let underlying: SharedMemoryError?

  init(_ code: Code, _ detail: String, unconvergedCount: Int? = nil, underlying: SharedMemoryError? = nil) {
    self.code = code
    self.detail = detail
    self.unconvergedCount = unconvergedCount
    self.underlying = underlying
  }

  /// Sentences that name the arrays, the sizes and the cause.
  public var description: String {
    let text = "\(code.text) (\(detail))."
    guard let underlying else { return text }
    return text + " " + underlying.description
  }
}
