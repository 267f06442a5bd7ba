package import Glibc
package import SharedArraysSystem

// SAFETY: This covers the whole file. The address of `fork` is cast to the type that unistd.h
// declares, and `waitpid` receives a local variable.

/// The error of a forked child that did not end in time.
package struct ChildHung: Error, CustomStringConvertible {
  package let limit: Duration
  package var description: String { "The forked child was still running after \(limit) and was killed." }
}

/// Runs `body` in a forked child and returns how the child ended.
///
/// The body must be synchronous, use no test expectations, make simple calls only, and report
/// through its exit code alone.
///
/// - Throws: ``ChildHung`` if the child does not end within `limit`; `ForkError` if it cannot be
///   forked.
package func forkedChild(
  within limit: Duration = .seconds(20), _ body: () -> CInt
) throws -> ProcessTermination {
  var child = try startChild(body)
  guard try child.ends(within: limit) else { throw ChildHung(limit: limit) }
  return child.reap()
}

extension ChildProcess {
  /// Returns whether the child ends within `limit`. The child is not reaped.
  package borrowing func ends(within limit: Duration = .seconds(20)) throws -> Bool {
    var ready: [UInt8] = [0]
    return try pollDescriptors([pollable], ready: &ready, until: Deadline(after: limit)) == 1
  }
}

/// Forks a child that runs `body`, and that is killed when its owner is destroyed. The requirements
/// on the body are those of ``forkedChild(within:_:)``.
package func startChild(_ body: () -> CInt) throws(ForkError) -> ChildProcess {
  try ChildProcess.fork(waitingUntil: Deadline(after: .seconds(10)), body)
}

/// Runs `body` in several forked children at once, and `meanwhile` in this process. Returns how the
/// children ended.
package func forkedChildren(
  _ count: Int, _ body: () -> CInt, meanwhile: () throws -> Void = {}
) throws -> [ProcessTermination] {
  guard count > 0 else {
    try meanwhile()
    return []
  }
  var child = try startChild(body)
  let others = try forkedChildren(count - 1, body, meanwhile: meanwhile)
  guard try child.ends() else { throw ChildHung(limit: .seconds(20)) }
  return [child.reap()] + others
}

/// Calls `fork`, which Swift does not import.
package func forkByHand() -> pid_t? {
  guard let address = unsafe dlsym(nil, "fork") else { return nil }
  return unsafe unsafeBitCast(address, to: (@convention(c) () -> pid_t).self)()
}

/// Runs a call during which the process forks. Both processes continue, the child a moment later,
/// and the child exits after the call.
///
/// - Parameter call: Makes the call, and forks in it by calling `fork`, which returns true in the
///   child. Its result is the exit code of the child.
/// - Returns: The child's exit code, or the negative number of the signal that killed it.
package func exitCodeOfChild(forkedIn call: (_ fork: @escaping () -> Bool) -> CInt) -> CInt {
  var child: pid_t = -1
  let code = call {
    child = forkByHand() ?? -1
    if child == 0 { usleep(20_000) }
    return child == 0
  }
  if child == 0 { _exit(code) }
  var status: CInt = 0
  guard child > 0, unsafe waitpid(child, &status, 0) == child else { return .min }
  return status & 0x7f == 0 ? status >> 8 & 0xff : -(status & 0x7f)
}
