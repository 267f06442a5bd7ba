import CBaselines
import SharedArrays

/// Processes that start their work at the same time.
struct WorkerGroup {
  private let arrived: SharedAtomic<Int>
  private let open: SharedEvent
  private var workers: [WorkerProcess<Int>] = []

  init() throws {
    arrived = try SharedAtomic(0)
    open = try SharedEvent()
  }

  /// Forks a process that runs `work` as soon as all processes of the group have started.
  mutating func add(_ work: @escaping () throws -> Int) throws {
    let (arrived, open) = (arrived, open)
    workers.append(
      try WorkerProcess.start {
        arrived.add(1)
        _ = open.wait()
        return try work()
      })
  }

  /// Starts the work of all processes and calls `body`.
  ///
  /// - Returns: The seconds until all processes have exited, and their results.
  func run(_ body: () throws -> Void = {}) throws -> (seconds: Double, results: [Int]) {
    while arrived.load() < workers.count {}
    let start = limit_now()
    open.set()
    try body()
    for worker in workers { _ = try worker.join() }
    let seconds = limit_now() - start
    return (seconds, try workers.map { try $0.result() })
  }
}
