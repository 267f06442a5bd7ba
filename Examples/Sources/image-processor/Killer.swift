import Glibc
import SharedArrays
import Synchronization

/// A task that kills the worker of a pool that starts a certain file.
final class Killer: Sendable {
  private let victim = Atomic(0)

  /// Starts a task that kills the worker which starts the file with this number, counted from 1.
  init(_ pool: ProcessPool, _ begun: SharedAtomic<Int>, _ lastProcess: SharedAtomic<Int>, at number: Int) {
    Task.detached { [self] in
      while begun.load() < number { try? await Task.sleep(for: .microseconds(200)) }
      let process = lastProcess.load()
      // Kills the process only if it is still a worker: its ID might already belong to another
      // process.
      guard pool.workerPIDs.contains(process) else { return }
      kill(pid_t(process), SIGKILL)
      victim.store(process, ordering: .sequentiallyConsistent)
    }
  }

  /// Returns a sentence about the kill.
  ///
  /// - Parameter repeated: The number of files that were started more than once.
  func report(_ repeated: Int) -> String {
    let process = victim.load(ordering: .sequentiallyConsistent)
    if process == 0 { return "No process was left to kill." }
    let files = repeated == 1 ? "1 file was" : "\(repeated) files were"
    return "Process \(process) was killed in the middle of the work; \(files) repeated by another process."
  }
}
