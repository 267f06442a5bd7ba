public import SharedArraysLocks
package import SharedArraysSystem

extension SharedEvent: Waitable {
  /// Whether it has happened.
  ///
  /// A wait that has begun is over too if the event was set and cleared again meanwhile, as with `wait(timeout:)`.
  public func isReady() -> Bool { isSet }
}

/// Whoever sets an event wakes all who sleep at its word, so nobody needs to be told of a sleeper.
extension SharedEvent: WaitableByWord {
  package var mark: UInt32 { word }
  // A word other than at the beginning means that it was set since.
  package func isReady(since mark: UInt32) -> Bool { isSet || word != mark }
  package func announceSleep(since mark: UInt32) -> Futex.Expectation { Futex.Expectation(futex, is: mark) }
}
