internal import SharedArraysSystem

/// The current process, as a worker and as a parent of workers.
public enum CurrentProcess {
  /// The pid of this process.
  public static var pid: Int { currentProcess() }

  /// Whether this process is a worker.
  public static var isWorker: Bool { WorkerLife.own != nil }

  /// The name of this worker; "main" in a program that is not a worker.
  public static var name: String { WorkerLife.own?.name ?? "main" }

  /// Whether this process is a daemon. Daemons may not start processes.
  public static var isDaemon: Bool { WorkerLife.own?.isDaemon ?? false }

  /// The pid of the process that requested this worker; nil in a program that is not a worker. The
  /// parent lives as long as the worker does.
  public static var parent: Int? { WorkerLife.own?.parent }

  /// The nesting depth: 0 in a program that is not a worker, 1 in its workers, 2 in their workers.
  public static var depth: Int { WorkerLife.own?.depth ?? 0 }

  /// The workers of this process that have not ended.
  public static var children: [ChildInfo] {
    WorkerList.living.map { ChildInfo(name: $0.name, pid: $0.pid, isDaemon: $0.isDaemon) }
  }

  /// The pid of the fork server; nil before its first use.
  public static var forkServer: Int? { WorkerList.knownServer?.pid }

  /// Ends the fork server. Its workers go on. The next worker that needs a server starts another
  /// one, with the environment and the working directory of that moment.
  public static func endForkServer() { WorkerList.endServer() }
}
