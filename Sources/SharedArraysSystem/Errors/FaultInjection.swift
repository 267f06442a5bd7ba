internal import CSharedArraysShims

/// Makes a wrapped system call of the calling thread fail, in debug builds, so that tests can reach every
/// error path.
package enum FaultInjection {
  /// Whether this build can inject faults.
  package static var isAvailable: Bool {
    #if DEBUG
      true
    #else
      false
    #endif
  }

  /// Runs `body` while one call on this thread fails. Such bodies may stand inside each other, up to four.
  ///
  /// - Parameters:
  ///   - call: the name given to `systemCall`, or `*` for a call of any name.
  ///   - code: the error number.
  ///   - skip: how many matching calls succeed first.
  ///   - forEver: whether the later matching calls fail too.
  package static func failing<Result, Failure: Error>(
    _ call: String, with code: CInt, afterCalls skip: Int = 0, forEver: Bool = false,
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let isAdded = unsafe cshims_fault_add(call, code, Int64(skip), forEver ? 1 : 0) == 0
    precondition(isAdded, "No more than four faults can be injected at once.")
    defer { cshims_fault_remove_last() }
    return try body()
  }

  /// How many wrapped calls `body` makes on this thread.
  package static func countingCalls<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) -> Int
  {
    cshims_fault_reset_calls()
    try body()
    return Int(cshims_fault_calls())
  }

  static func take(_ call: StaticString) -> CInt {
    unsafe cshims_fault_take(call.utf8Start)
  }
}
