internal import Glibc
package import Testing

/// Runs the body of an exit test: in a process of its own, so that no other test holds a lock of the Swift
/// runtime at a fork, and the process's children and descriptors are this test's alone.
///
/// Reports a thrown error, and whether `body` has left a child, a zombie or a descriptor.
package func inOwnProcess(_ location: SourceLocation = #_sourceLocation, _ body: () throws -> Void) {
  // A worker that dies on purpose shall leave no file; a hang ends here.
  var none = rlimit(rlim_cur: 0, rlim_max: 0)
  unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
  alarm(110)
  let descriptors = descriptorsOfProcesses()
  do { try body() } catch { Issue.record(error, sourceLocation: location) }
  #expect(descriptorsOfProcesses() == descriptors, "descriptors are left open", sourceLocation: location)
  let child = waitpid(-1, nil, WNOHANG)
  #expect(child == -1 && errno == ECHILD, "a child is left: \(child)", sourceLocation: location)
}

/// How many descriptors lead to processes: the only kind that a call opens. Other kinds come and go with the
/// threads of the test library.
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
