internal import CSharedArraysShims
internal import Glibc

// For a process that does nothing but fork workers for another one.

/// Blocks SIGCHLD, and tells of children that have ended by a readable descriptor. The corresponding C function is
/// `signalfd`.
package func childrenDescriptor() throws(SystemError) -> OwnedDescriptor {
  OwnedDescriptor(owning: try systemCall("signalfd") { cshims_signal_descriptor() })
}

/// Takes note of one child that has ended; nil if there is none. The corresponding C function is `waitid`.
package func reapAnyChild() -> (pid: Int, kind: CInt, status: CInt, mostMemory: Int)? {
  var kind: CInt = 0
  var status: CInt = 0
  var most: Int64 = 0
  // SAFETY: the results are plain stack variables.
  let pid = unsafe cshims_reap_any(&kind, &status, &most)
  return pid > 0 ? (Int(pid), kind, status, Int(most)) : nil
}

/// Forks a worker that dies with the process behind a life line; 0 in the worker, which has no descriptors but 0 to 2 and the
/// socket, as number 3. The corresponding C function is `fork`.
package func forkFromServer(socket: CInt, lifeLine: CInt) throws(SystemError) -> Int {
  Int(try systemCall("fork") { cshims_fork_from_server(socket, lifeLine) })
}

/// Forks a worker that dies with the process behind a life line; 0 in the worker, which keeps all descriptors. The corresponding
/// C function is `fork`.
package func forkFromTemplate(lifeLine: CInt) throws(SystemError) -> Int {
  Int(try systemCall("fork") { cshims_fork_from_template(lifeLine) })
}

/// Kills and reaps a child of this process that nobody has a handle of. The corresponding C functions are `kill` and `waitpid`.
package func killChild(_ pid: Int) {
  while cshims_kill_and_reap(CInt(pid)) == -ErrorCode.interrupted {}
}

/// Reads what a descriptor that never waits has, and forgets it. The corresponding C function is `read`.
package func drain(_ descriptor: borrowing OwnedDescriptor) { cshims_drain(descriptor.rawValue) }

/// The value of an environment variable. The corresponding C function is `getenv`.
package func environmentValue(_ name: String) -> String? {
  unsafe getenv(name).map { unsafe String(cString: $0) }
}

/// A handle of another process. The corresponding C function is `pidfd_open`.
package func processHandle(_ pid: Int) throws(SystemError) -> OwnedDescriptor {
  OwnedDescriptor(owning: try systemCall("pidfd_open") { cshims_pidfd_open(CInt(pid)) })
}

/// Sends a signal to the process behind a handle, and to no other. The corresponding C function is `pidfd_send_signal`.
package func signalProcess(_ handle: borrowing OwnedDescriptor, _ number: Int) {
  _ = cshims_pidfd_signal(handle.rawValue, CInt(number))
}

/// Whether a process, whose number is still its own, waits for a lock that nobody can give back.
package func isDeadlockedProcess(_ pid: Int) -> Bool { cshims_is_deadlocked(CInt(pid)) != 0 }

/// How the process behind a handle, which is no child of this one, has ended, if the kernel keeps that (Linux 6.15).
package func terminationOfStranger(_ handle: borrowing OwnedDescriptor) -> ProcessTermination {
  var kind: CInt = 0
  var status: CInt = 0
  var most: Int64 = 0
  // SAFETY: the results are plain stack variables.
  _ = unsafe cshims_reap(handle.rawValue, &kind, &status, &most)
  return ProcessTermination(kind: kind, status: status)
}

extension ProcessTermination {
  /// From what the shims tell.
  package init(kind: CInt, status: CInt) {
    switch kind {
    case CInt(CSHIMS_EXITED): self = .exited(code: Int(status))
    case CInt(CSHIMS_SIGNALED): self = .signaled(Int(status))
    default: self = .unknown
    }
  }
}

/// Leaves a worker: writes out what it printed, and runs no exit handlers. The corresponding C function is `_exit`.
package func exitWorker(_ code: CInt) -> Never { cshims_exit_worker(code) }

/// Gives all signals their default handlers and blocks none.
package func resetSignals() { cshims_reset_signals() }

/// Takes what starting a worker added to the environment out of it again.
package func restoreEnvironment() { cshims_restore_environment() }

/// Whether the program's types exist before `main` begins: only if this package is part of the program itself.
package var isLinkedStatically: Bool { cshims_is_linked_statically() != 0 }
