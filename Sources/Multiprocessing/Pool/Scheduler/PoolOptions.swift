extension PoolCore {
  /// The options with which a pool was created.
  struct Options: Sendable {
    var workers: Int
    var method: StartMethod
    var mostTasks: Int
    /// The limit on a worker's private memory in bytes; 0 for no limit.
    var mostBytes = 0
    /// The longest time workers stay without work.
    var idleTimeout: Duration?
    var pins = false
    /// The number of threads with which OpenBLAS computes in each worker.
    var threadCount = 1
    var collectsStatistics = false
    var name: String
    var initializer: String?
    var argument: [UInt8] = []
    /// The work of the workers of a pool bound to a closure. It has the function number 0 there.
    var bound: BoundWork?

    mutating func limit(memory: Int?, idle: Duration?, pins: Bool, threads: Int) {
      if let memory, memory < 1 { fatalError("A worker has at least one byte of memory, not \(memory).") }
      if let idle, idle <= .zero { fatalError("Workers stay for some time without work, not \(idle).") }
      if threads < 1 { fatalError("A worker computes with at least one thread, not \(threads).") }
      mostBytes = memory ?? 0
      threadCount = threads
      idleTimeout = idle
      self.pins = pins
    }
  }
}
