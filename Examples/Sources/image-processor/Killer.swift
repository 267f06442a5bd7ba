import Glibc
import SharedArrays
import Synchronization

/// A thread that kills the worker of a pool that begins a certain file.
final class Killer: Sendable {
  private let victim = Atomic(0)

  /// Waits for the file with that number, counted from 1, to be begun.
  init(_ pool: ProcessPool, _ begun: SharedAtomic<Int>, _ lastProcess: SharedAtomic<Int>, at number: Int) {
    Task.detached { [self] in
      while begun.load() < number { try? await Task.sleep(for: .microseconds(200)) }
      let process = lastProcess.load()
      // Only a worker that is one still: the number could be another process's by now.
      guard pool.workerPIDs.contains(process) else { return }
      kill(pid_t(process), SIGKILL)
      victim.store(process, ordering: .sequentiallyConsistent)
    }
  }

  /// What it did, and how many files were begun more than once therefore.
  func report(_ repeated: Int) -> String {
    let process = victim.load(ordering: .sequentiallyConsistent)
    if process == 0 { return "There was nobody left to kill." }
    let files = repeated == 1 ? "1 file was" : "\(repeated) files were"
    return "Process \(process) was killed in the middle of the work; \(files) begun again by another one."
  }
}
