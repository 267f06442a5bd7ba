public import Multiprocessing
public import SharedArraysLinearAlgebra

/// An error of a product that the workers of a pool did not compute.
public struct ProductError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of an error. Later versions may add codes.
  public struct Code: Hashable, Sendable {
    let text: String

    /// The matrices were refused, or a copy could not be allocated; see ``ProductError/refusal``.
    /// The output is unchanged.
    public static let refused = Code(text: "refused")
    /// The pool did not finish; see ``ProductError/failure``. Each part of the output might hold
    /// results, its old values, or neither.
    public static let unfinished = Code(text: "unfinished")
  }

  /// The kind of the error.
  public let code: Code
  /// The reason why the matrices were refused, if they were.
  public let refusal: LinearAlgebraError?
  /// The failure of the pool, if it did not finish.
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
    return "The product was not finished. " + (failure?.description ?? "")
  }
}
