public import Multiprocessing
public import SharedArraysLinearAlgebra

/// A product that the workers of a pool did not compute, and why.
public struct ProductError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong; more codes may come.
  public struct Code: Hashable, Sendable {
    let text: String

    /// The matrices were refused, or there is no memory for a copy; see ``ProductError/refusal``. The output is unchanged.
    public static let refused = Code(text: "refused")
    /// The pool did not finish; see ``ProductError/failure``. Parts of the output may be results, and others what they were, or
    /// neither.
    public static let unfinished = Code(text: "unfinished")
  }

  /// What went wrong.
  public let code: Code
  /// Why the matrices were refused, if they were.
  public let refusal: LinearAlgebraError?
  /// What became of the workers, if they did not finish.
  public let failure: PoolError?

  init(_ refusal: LinearAlgebraError) {
    (code, self.refusal, failure) = (.refused, refusal, nil)
  }

  init(_ failure: PoolError) {
    (code, refusal, self.failure) = (.unfinished, nil, failure)
  }

  /// Sentences that name the matrices or the worker, and the cause.
  public var description: String {
    if let refusal { return refusal.description }
    return "The product is not finished. " + (failure?.description ?? "")
  }
}
