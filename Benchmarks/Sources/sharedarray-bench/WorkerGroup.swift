import CBaselines
import SharedArrays

/// Processes that begin their work at the same moment.
struct WorkerGroup {
  private let arrived: SharedAtomic<Int>
  private let open: SharedEvent
  private var workers: [WorkerProcess<Int>] = []

  init() throws {
    arrived = try SharedAtomic(0)
    open = try SharedEvent()
  }

  /// Forks a process that does its work as soon as all are there.
  mutating func add(_ work: @escaping () throws -> Int) throws {
    let (arrived, open) = (arrived, open)
    workers.append(
      try WorkerProcess.start {
        arrived.add(1)
        _ = open.wait()
        return try work()
      })
  }

  /// Lets them begin, and calls `body` meanwhile.
  ///
  /// - Returns: the seconds until all have ended, and what they returned.
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
