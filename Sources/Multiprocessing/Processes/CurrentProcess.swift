internal import SharedArraysSystem

/// This process, as worker and as parent of workers.
public enum CurrentProcess {
  /// Its number.
  public static var pid: Int { currentProcess() }

  /// Whether it is a worker.
  public static var isWorker: Bool { WorkerLife.own != nil }

  /// The name it has as a worker; "main" in a program that is nobody's worker.
  public static var name: String { WorkerLife.own?.name ?? "main" }

  /// Whether it is a daemon, which starts no processes.
  public static var isDaemon: Bool { WorkerLife.own?.isDaemon ?? false }

  /// The process that asked for this worker; nil in a program that is nobody's worker. It lives as long as the worker does.
  public static var parent: Int? { WorkerLife.own?.parent }

  /// 0 in a program that is nobody's worker, 1 in its workers, 2 in theirs.
  public static var depth: Int { WorkerLife.own?.depth ?? 0 }

  /// The workers of this process that have not ended.
  public static var children: [ChildInfo] {
    WorkerList.living.map { ChildInfo(name: $0.name, pid: $0.pid, isDaemon: $0.isDaemon) }
  }

  /// The process of the fork server; nil before its first use.
  public static var forkServer: Int? { WorkerList.knownServer?.pid }

  /// Ends the fork server; its workers go on, and the next one starts another server, with the environment and the working
  /// directory of that moment.
  public static func endForkServer() { WorkerList.endServer() }
}

/// A worker that lives.
public struct ChildInfo: Hashable, Sendable {
  /// Its name.
  public let name: String
  /// Its process.
  public let pid: Int
  /// Whether it is killed at the exit of the program.
  public let isDaemon: Bool
}
