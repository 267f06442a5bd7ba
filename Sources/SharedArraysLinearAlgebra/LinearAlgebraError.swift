public import SharedArraysMemory

/// A computation that was refused or did not succeed, and why.
public struct LinearAlgebraError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong; more codes may come.
  public struct Code: Hashable, Sendable {
    let text: String

    /// The output has elements in common with an input.
    public static let overlap = Code(text: "The output shares memory with an input")
    /// OpenBLAS counts in 32 bits, and an extent or a leading dimension needs more.
    public static let tooLarge = Code(text: "An array is too large for OpenBLAS, which counts in 32 bits")
    /// The input holds a NaN or an infinity.
    public static let notFinite = Code(text: "The input has an element that is not finite")
    /// An iterative method has not converged; see ``LinearAlgebraError/unconvergedCount``.
    public static let notConverged = Code(text: "The iteration has not converged")
    /// The memory for a temporary or for the result could not be had; see ``LinearAlgebraError/underlying``.
    public static let memory = Code(text: "There is no memory for a temporary or for the result")
  }

  /// What went wrong.
  public let code: Code
  /// The arrays and sizes involved, as a phrase.
  public let detail: String
  /// How many values have not converged, if that is what went wrong.
  public let unconvergedCount: Int?
  /// Why memory could not be had, if that is what went wrong.
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
