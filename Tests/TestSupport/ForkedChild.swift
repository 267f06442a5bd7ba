package import Glibc
package import SharedArraysSystem

/// A forked child did not end in time.
package struct ChildHung: Error, CustomStringConvertible {
  package let limit: Duration
  package var description: String { "The forked child still ran after \(limit); it has been killed." }
}

/// Runs `body` in a forked child and tells how it ended.
///
/// The body is synchronous, uses no test expectations, keeps to simple calls, and reports by its exit code
/// only.
///
/// - Throws: ``ChildHung`` if it does not end within `limit`; `ForkError` if it cannot be forked.
package func forkedChild(
  within limit: Duration = .seconds(20), _ body: () -> CInt
) throws -> ProcessTermination {
  var child = try startChild(body)
  guard try child.ends(within: limit) else { throw ChildHung(limit: limit) }
  return child.reap()
}

extension ChildProcess {
  /// Whether the child ends within `limit`; it stays to be reaped.
  package borrowing func ends(within limit: Duration = .seconds(20)) throws -> Bool {
    var ready: [UInt8] = [0]
    return try pollDescriptors([pollable], ready: &ready, until: Deadline(after: limit)) == 1
  }
}

/// Forks a child that runs `body`; it is killed when its owner goes away. What ``forkedChild(within:_:)``
/// says of the body holds here too.
package func startChild(_ body: () -> CInt) throws(ForkError) -> ChildProcess {
  try ChildProcess.fork(waitingUntil: Deadline(after: .seconds(10)), body)
}

/// Runs `body` in several forked children at once, and `meanwhile` in this process; tells how the children
/// ended.
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

/// `fork`, which Swift does not offer.
package func forkByHand() -> pid_t? {
  guard let address = unsafe dlsym(nil, "fork") else { return nil }
  return unsafe unsafeBitCast(address, to: (@convention(c) () -> pid_t).self)()
}

/// Runs a call in the middle of which the process forks: both go on, the child a moment later, and the child ends after it.
///
/// - Parameter call: makes the call, in which it forks by the function that it is given, which returns true in the child. What it
///   returns in the child is how the child ends.
/// - Returns: the child's exit code, or the negative number of the signal that has killed it.
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
