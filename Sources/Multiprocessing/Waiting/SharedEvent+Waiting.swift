public import SharedArraysLocks
package import SharedArraysSystem

extension SharedEvent: Waitable {
  /// Whether the event is set.
  ///
  /// A wait in progress also ends if the event was set and then cleared, as with `wait(timeout:)`.
  public func isReady() -> Bool { isSet }
}

/// A process that sets an event wakes all sleepers at its word, so sleepers need not be announced.
extension SharedEvent: FutexWaitable {
  package var mark: UInt32 { word }
  // A word that differs from the one at the beginning means that the event was set since then.
  package func isReady(since mark: UInt32) -> Bool { isSet || word != mark }
  package func announceSleep(since mark: UInt32) -> Futex.Expectation { Futex.Expectation(futex, is: mark) }
}
