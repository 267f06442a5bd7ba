internal import CSharedArraysShims
internal import Glibc

// For a fork server: a process that does nothing but fork workers for another process.

/// Blocks SIGCHLD and returns a descriptor that is readable when a child has ended. The
/// corresponding C function is `signalfd`.
package func childrenDescriptor() throws(SystemError) -> OwnedDescriptor {
  OwnedDescriptor(owning: try systemCall("signalfd") { cshims_signal_descriptor() })
}

/// Reaps one child that has ended; returns nil if no child has ended. The corresponding C function
/// is `waitid`.
package func reapAnyChild() -> (pid: Int, kind: CInt, status: CInt, mostMemory: Int)? {
  var kind: CInt = 0
  var status: CInt = 0
  var most: Int64 = 0
  // SAFETY: the results are plain stack variables.
  let pid = unsafe cshims_reap_any(&kind, &status, &most)
  return pid > 0 ? (Int(pid), kind, status, Int(most)) : nil
}

/// Forks a worker that dies with the process behind a parent-death pipe. Returns 0 in the worker,
/// which has only the descriptors 0 to 2 and the socket, as number 3. The corresponding C function
/// is `fork`.
package func forkFromServer(socket: CInt, parentPipe: CInt) throws(SystemError) -> Int {
  Int(try systemCall("fork") { cshims_fork_from_server(socket, parentPipe) })
}

/// Forks a worker that dies with the process behind a parent-death pipe. Returns 0 in the worker,
/// which keeps all descriptors. The corresponding C function is `fork`.
package func forkFromTemplate(parentPipe: CInt) throws(SystemError) -> Int {
  Int(try systemCall("fork") { cshims_fork_from_template(parentPipe) })
}

/// Kills and reaps a child of this process for which no pidfd is open. The corresponding C
/// functions are `kill` and `waitpid`.
package func killChild(_ pid: Int) {
  while cshims_kill_and_reap(CInt(pid)) == -ErrorCode.interrupted {}
}

/// Reads and discards what a nonblocking descriptor has. The corresponding C function is `read`.
package func drain(_ descriptor: borrowing OwnedDescriptor) { cshims_drain(descriptor.rawValue) }

/// Returns the value of an environment variable. The corresponding C function is `getenv`.
package func environmentValue(_ name: String) -> String? {
  unsafe getenv(name).map { unsafe String(cString: $0) }
}

/// Opens a pidfd of another process. The corresponding C function is `pidfd_open`.
package func processHandle(_ pid: Int) throws(SystemError) -> OwnedDescriptor {
  OwnedDescriptor(owning: try systemCall("pidfd_open") { cshims_pidfd_open(CInt(pid)) })
}

/// Sends a signal to the process behind a pidfd, and to no other. The corresponding C function is
/// `pidfd_send_signal`.
package func signalProcess(_ handle: borrowing OwnedDescriptor, _ number: Int) {
  _ = cshims_pidfd_signal(handle.rawValue, CInt(number))
}

/// Returns whether a process is deadlocked: it waits for a lock that no thread can release. The
/// caller ensures that the pid has not been reused.
package func isDeadlockedProcess(_ pid: Int) -> Bool { cshims_is_deadlocked(CInt(pid)) != 0 }

/// Returns how the process behind a pidfd, which is not a child of this one, has ended, if the
/// kernel keeps that (Linux 6.15).
package func terminationOfStranger(_ handle: borrowing OwnedDescriptor) -> ProcessTermination {
  var kind: CInt = 0
  var status: CInt = 0
  var most: Int64 = 0
  // SAFETY: the results are plain stack variables.
  _ = unsafe cshims_reap(handle.rawValue, &kind, &status, &most)
  return ProcessTermination(kind: kind, status: status)
}

extension ProcessTermination {
  /// Creates a termination from the results of the C shims.
  package init(kind: CInt, status: CInt) {
    switch kind {
    case CInt(CSHIMS_EXITED): self = .exited(code: Int(status))
    case CInt(CSHIMS_SIGNALED): self = .signaled(Int(status))
    default: self = .unknown
    }
  }
}

/// Exits a worker: flushes its output and runs no exit handlers. The corresponding C function is
/// `_exit`.
package func exitWorker(_ code: CInt) -> Never { cshims_exit_worker(code) }

/// Resets all signals to their default handlers and unblocks all of them.
package func resetSignals() { cshims_reset_signals() }

/// Removes from the environment what starting a worker added.
package func restoreEnvironment() { cshims_restore_environment() }

/// Whether the program's types exist before `main` begins: only if this package is linked into the
/// program itself.
package var isLinkedStatically: Bool { cshims_is_linked_statically() != 0 }
