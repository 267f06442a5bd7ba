internal import CSharedArraysShims

/// Returns the name of a signal, such as "SIGKILL".
package func signalName(_ signal: Int) -> String {
  let name = unsafe String(cString: cshims_signal_name(CInt(clamping: signal)))
  return name.isEmpty ? "signal \(signal)" : name
}

/// The reason that a child could not be forked.
package enum ForkError: Error {
  /// A BLAS call of another thread was still running when the wait for it ended.
  case computing
  case system(SystemError)
}

/// A forked child. Destroying the owner kills and reaps the child, unless it has already been
/// reaped.
package struct ChildProcess: ~Copyable {
  package let pid: Int
  private let handle: OwnedDescriptor
  private var isReaped = false
  /// The peak number of bytes of the child's memory, shared memory included. It is known once this
  /// process has reaped the child.
  package private(set) var mostMemory: Int?

  private init(pid: Int, handle: consuming OwnedDescriptor) {
    self.pid = pid
    self.handle = handle
  }

  deinit {
    if !isReaped {
      _ = cshims_pidfd_signal(handle.rawValue, 9)
      var kind: CInt = 0
      var status: CInt = 0
      var mostMemory: Int64 = 0
      while unsafe cshims_reap(handle.rawValue, &kind, &status, &mostMemory) == -ErrorCode.interrupted {}
    }
  }

  /// A descriptor that polls as readable once the child has ended.
  package var pollable: CInt { handle.rawValue }

  /// Forks a child that runs `body` and exits with its result as the exit code.
  ///
  /// The child is single-threaded, has default signal handlers, computes BLAS with one thread, and
  /// dies with this process, regardless of the thread that made this call. Its output is flushed
  /// when it ends. The corresponding C function is `fork`.
  ///
  /// - Parameter deadline: The time until which to wait for BLAS calls of other threads to end.
  package static func fork(
    waitingUntil deadline: Deadline, _ body: () -> CInt
  ) throws(ForkError) -> ChildProcess {
    cshims_blas_prepare()
    let startGate: OwnedDescriptor
    do throws(SystemError) {
      startGate = OwnedDescriptor(owning: try systemCall("eventfd") { cshims_start_gate_create() })
    } catch {
      throw .system(error)
    }
    let parentPipe: CInt
    do throws(SystemError) { parentPipe = try ParentDeathPipe.own() } catch {
      throw .system(error)
    }
    let start = startGate.rawValue
    let outcome = ForkGate.whileNoCallIsUnderWay(until: deadline) {
      Result { () throws(SystemError) in
        try systemCall("fork") {
          cshims_fork_worker(start, parentPipe)
        }
      }
    }
    guard let outcome else { throw .computing }
    let pid: CInt
    do throws(SystemError) { pid = try outcome.get() } catch { throw .system(error) }
    if pid == 0 { runInChild(body) }
    do throws(SystemError) {
      let handle = OwnedDescriptor(owning: try systemCall("pidfd_open") { cshims_pidfd_open(pid) })
      _ = try systemCall("write") { cshims_start_gate_open(start) }
      return ChildProcess(pid: Int(pid), handle: handle)
    } catch {
      // The child waits at its gate and has done nothing yet.
      while cshims_kill_and_reap(pid) == -ErrorCode.interrupted {}
      throw .system(error)
    }
  }

  /// Starts this process's program again, as a worker that reads its instructions from `socket`. It
  /// has descriptors 0 to 2, the socket as 3 and this process's parent-death pipe as 4. The
  /// corresponding C function is `posix_spawn`.
  ///
  /// - Parameter mode: The value of the environment variable that identifies the program as a
  ///   worker.
  package static func spawn(mode: String, socket: borrowing OwnedDescriptor) throws(SystemError)
    -> ChildProcess
  {
    let parentPipe = try ParentDeathPipe.own()
    let marker = CSHIMS_WORKER_MARKER + "=" + mode
    let pid = try systemCall("posix_spawn") { unsafe cshims_spawn_self(socket.rawValue, parentPipe, marker) }
    do throws(SystemError) {
      // The child waits for a message of its parent, so it has not ended yet, unless the program
      // could not be loaded.
      let handle = OwnedDescriptor(owning: try systemCall("pidfd_open") { cshims_pidfd_open(pid) })
      return ChildProcess(pid: Int(pid), handle: handle)
    } catch {
      while cshims_kill_and_reap(pid) == -ErrorCode.interrupted {}
      throw error
    }
  }

  private static func runInChild(_ body: () -> CInt) -> Never {
    ForkGate.resetInChild()
    cshims_blas_set_worker_threads(1)
    cshims_exit_worker(body())
  }

  /// Sends SIGKILL to this process, and never to another process that reuses its pid. The
  /// corresponding C function is `pidfd_send_signal`.
  package func kill() {
    // The process might have ended already; then nothing is left to do.
    _ = cshims_pidfd_signal(handle.rawValue, 9)
  }

  /// Sends a signal to this process, and never to another process that reuses its pid. The
  /// corresponding C function is `pidfd_send_signal`.
  package func signal(_ number: Int) { _ = cshims_pidfd_signal(handle.rawValue, CInt(number)) }

  /// Whether the process is deadlocked: it has one thread, which sleeps without a time limit in a
  /// futex of its own memory, so no thread can release the lock.
  package var isDeadlocked: Bool { cshims_is_deadlocked(CInt(pid)) != 0 }

  /// Gives up the process: it is neither killed nor reaped when the owner is destroyed.
  package consuming func abandon() {
    isReaped = true
  }

  /// Waits for the child to end and reaps it. The corresponding C function is `waitid`.
  package mutating func reap() -> ProcessTermination {
    var kind: CInt = 0
    var status: CInt = 0
    var most: Int64 = 0
    // SAFETY: the results are plain stack variables. A signal can interrupt the wait.
    while unsafe cshims_reap(handle.rawValue, &kind, &status, &most) == -ErrorCode.interrupted {}
    isReaped = true
    mostMemory = most > 0 ? Int(most) : nil
    return ProcessTermination(kind: kind, status: status)
  }
}

/// Returns the pid of this process. The corresponding C function is `getpid`.
package func currentProcess() -> Int { Int(cshims_getpid()) }

/// Waits until one of `descriptors` is readable or the deadline has passed. Marks the readable ones
/// in `ready`. The corresponding C function is `poll`.
package func pollDescriptors(
  _ descriptors: [CInt], ready: inout [UInt8], until deadline: Deadline
) throws(SystemError) -> Int {
  try Int(
    systemCall("poll") {
      unsafe cshims_poll(descriptors, &ready, CInt(descriptors.count), deadline.milliseconds)
    })
}
