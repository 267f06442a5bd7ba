internal import CSharedArraysShims

/// Makes a wrapped system call of the calling thread fail, in debug builds, so that tests can reach
/// every error path.
package enum FaultInjection {
  /// Whether this build can inject faults.
  package static var isAvailable: Bool {
    #if DEBUG
      true
    #else
      false
    #endif
  }

  /// Runs `body` while one call on this thread fails. Calls can be nested, up to four deep.
  ///
  /// - Parameters:
  ///   - call: The name given to `systemCall`, or `*` for a call of any name.
  ///   - code: The error number.
  ///   - skip: The number of matching calls that succeed first.
  ///   - forEver: Whether the later matching calls fail too.
  package static func failing<Result, Failure: Error>(
    _ call: String, with code: CInt, afterCalls skip: Int = 0, forEver: Bool = false,
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // SAFETY: the call copies the string, which is null-terminated for its duration.
    let isAdded = unsafe cshims_fault_add(call, code, Int64(skip), forEver ? 1 : 0) == 0
    precondition(isAdded, "No more than four faults can be injected at once.")
    defer { cshims_fault_remove_last() }
    return try body()
  }

  /// Returns the number of wrapped calls that `body` makes on this thread.
  package static func countingCalls<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) -> Int
  {
    cshims_fault_reset_calls()
    try body()
    return Int(cshims_fault_calls())
  }

  static func take(_ call: StaticString) -> CInt {
    // SAFETY: the bytes of a static string are null-terminated and exist for ever.
    unsafe cshims_fault_take(call.utf8Start)
  }
}
