/// The workers of a pool, by their numbers. It is used under the pool's lock.
struct WorkerSet {
  /// The workers that have been started and not reaped.
  private(set) var handles: [Int: PoolWorkerHandle] = [:]
  /// The parent's ends of the sockets of workers that a thread is about to start. A thread that
  /// starts a worker does not hold the lock, so its number is reserved here.
  private(set) var starting: [Int: DescriptorBox] = [:]
  /// The number of workers that the pool should have.
  var wanted: Int
  /// The worker numbers that threads of this process use, in a pool without workers.
  private var inProcess: Set<Int> = []
  /// The number of workers that have died, for statistics.
  var deathCount = 0

  init(wanted: Int) { self.wanted = wanted }

  subscript(index: Int) -> PoolWorkerHandle? { handles[index] }

  /// Whether no worker is alive or about to be started.
  var isEmpty: Bool { handles.isEmpty && starting.isEmpty }

  /// The lowest number without a worker that no thread is about to start; nil if none is missing.
  var missingIndex: Int? { (0..<wanted).first { handles[$0] == nil && starting[$0] == nil } }

  /// Whether a worker is known to have started to work.
  var hasWorkerAtWork: Bool { handles.values.contains { $0.hasBegun } }

  /// Reserves a number for a worker that is about to be started.
  mutating func reserve(_ index: Int, _ socket: DescriptorBox) { starting[index] = socket }

  /// Gives up the reservation of a worker that could not be started.
  mutating func cancelStart(_ index: Int) { starting[index] = nil }

  /// Adds the worker for which the number was reserved.
  mutating func admit(_ worker: PoolWorkerHandle, _ index: Int) {
    starting[index] = nil
    handles[index] = worker
  }

  mutating func remove(_ index: Int) { handles[index] = nil }

  /// Reserves the lowest worker number that no thread of this process uses, below `limit`.
  mutating func takeInProcessIndex(below limit: Int) -> Int? {
    guard let index = (0..<limit).first(where: { !inProcess.contains($0) }) else { return nil }
    inProcess.insert(index)
    return index
  }

  mutating func giveInProcessIndex(_ index: Int) { inProcess.remove(index) }
}
