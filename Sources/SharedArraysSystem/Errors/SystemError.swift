internal import CSharedArraysShims

/// A system call that failed, with the kernel's error number.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The name of the C function, such as `mmap`.
  public let call: String
  /// The error number, such as `ENOMEM`.
  public let code: CInt

  package init(call: String, code: CInt) {
    self.call = call
    self.code = code
  }

  /// A sentence such as "shm_open failed: No such file or directory (errno 2)."
  public var description: String {
    "\(call) failed: \(Self.text(of: code)) (errno \(code))."
  }

  private static func text(of code: CInt) -> String {
    // SAFETY: libc returns a constant string or null.
    guard let text = unsafe cshims_error_text(code) else { return "unknown error" }
    return unsafe String(cString: text)
  }
}

/// Runs one system call that returns a value >= 0, or -errno. Only this function handles EINTR (it
/// retries the call) and lets an injected fault replace the call.
package func systemCall<Result: FixedWidthInteger & SignedInteger>(
  _ name: StaticString, _ body: () -> Result
) throws(SystemError) -> Result {
  while true {
    var result: Result
    #if DEBUG
      let fault = FaultInjection.take(name)
      result = fault == 0 ? body() : Result(-fault)
    #else
      result = body()
    #endif
    if result >= 0 { return result }
    let code = CInt(truncatingIfNeeded: -result)
    if code != interrupted { throw SystemError(call: name.description, code: code) }
  }
}

private let interrupted: CInt = 4  // EINTR on every Linux architecture
