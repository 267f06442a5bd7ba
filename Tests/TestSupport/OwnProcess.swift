internal import Glibc
package import Testing

// SAFETY: This covers the whole file. The C functions receive local variables with their true
// sizes, and `readlink` writes at most 63 bytes, so that the terminating zero fits.

/// Runs the body of an exit test. It runs in a process of its own, so that no other test holds a
/// lock of the Swift runtime at a fork, and the process's children and descriptors all belong to
/// this test.
///
/// The function reports a thrown error, and any child, zombie or descriptor that `body` leaves
/// behind.
package func inOwnProcess(_ location: SourceLocation = #_sourceLocation, _ body: () throws -> Void) {
  // A worker that dies on purpose must not dump core, and the alarm ends a hang.
  var none = rlimit(rlim_cur: 0, rlim_max: 0)
  unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
  reportHangAtAlarm()
  alarm(110)
  let descriptors = descriptorsOfProcesses()
  do { try body() } catch { Issue.record(error, sourceLocation: location) }
  // A thread that the body started might hold the last reference to a process for a moment.
  #expect(
    waitUntil { descriptorsOfProcesses() == descriptors }, "pidfds are left open", sourceLocation: location)
  let child = waitpid(-1, nil, WNOHANG)
  #expect(child == -1 && errno == ECHILD, "a child is left; waitpid: \(child)", sourceLocation: location)
}

/// Returns the number of pidfds, the only kind of descriptor that a call opens. Other kinds are
/// opened and closed by the threads of the test library.
private func descriptorsOfProcesses() -> Int {
  (0..<2000).count { number in
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
      let count = unsafe readlink("/proc/self/fd/\(number)", text.baseAddress!, 63)
      guard count > 0 else { return false }
      unsafe text[count] = 0
      return unsafe strstr(text.baseAddress!, "pidfd") != nil
    }
  }
}
