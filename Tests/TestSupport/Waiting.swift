internal import Glibc
internal import SharedArraysSystem

/// Waits until `condition` holds. Returns false if it does not hold after `limit`.
///
/// The limit ends a test that hangs. It does not measure speed, so keep it generous.
package func waitUntil<Failure: Error>(
  within limit: Duration = .seconds(10), _ condition: () throws(Failure) -> Bool
) throws(Failure) -> Bool {
  let deadline = Deadline(after: limit)
  while try !condition() {
    if deadline.hasPassed { return false }
    usleep(1000)
  }
  return true
}

/// Sleeps without using the concurrency runtime, so that a forked child can call it.
package func sleepFor(milliseconds: Int) {
  usleep(UInt32(milliseconds) * 1000)
}
