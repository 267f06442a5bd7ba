internal import SharedArraysSystem
internal import Synchronization

/// Where the ends of a stream's chunks are reported, and where whoever reads the stream waits for them: a thread or a task.
@safe final class StreamArrivals: @unchecked Sendable {
  // Why @unchecked: the word is atomic, and its place is set once; all else is under the lock.

  private struct State {
    var arrived: [Int] = []
    var sleeper: CheckedContinuation<Void, Never>?
    var isCancelled = false
  }

  private let state = ForkableMutex(State())
  /// How often something has been reported; a futex word.
  private let word: UnsafeMutablePointer<Atomic<UInt32>>

  init() {
    unsafe word = .allocate(capacity: 1)
    unsafe word.initialize(to: Atomic(0))
  }

  deinit { unsafe word.deallocate() }

  /// What a reader notes down before it looks, so that it does not sleep through what is reported afterwards.
  var stamp: UInt32 { unsafe word.pointee.load(ordering: .sequentiallyConsistent) }

  /// Whether the task that reads was cancelled while it slept.
  var isCancelled: Bool { state.withLock { $0.isCancelled } }

  func post(_ number: Int) { report { $0.arrived.append(number) } }

  /// The numbers of chunks that have ended since the last call, in the order in which they did.
  func take() -> [Int] {
    state.withLock { state in
      defer { state.arrived = [] }
      return state.arrived
    }
  }

  private func report(_ change: (inout State) -> Void) {
    let sleeper = state.withLock { state in
      change(&state)
      unsafe word.pointee.add(1, ordering: .sequentiallyConsistent)
      defer { state.sleeper = nil }
      return state.sleeper
    }
    sleeper?.resume()
    unsafe Futex(at: UnsafeMutableRawPointer(word)).wake()
  }

  // MARK: Waiting

  /// Blocks the thread until something has been reported since `stamp` was taken, or the deadline has passed.
  func wait(since stamp: UInt32, until deadline: Deadline) {
    unsafe _ = try? Futex(at: UnsafeMutableRawPointer(word)).wait(while: stamp, until: deadline)
  }

  /// Suspends the task until something has been reported since `stamp` was taken, or the task is cancelled.
  func wait(since stamp: UInt32, isolation: isolated (any Actor)?) async {
    await withTaskCancellationHandler(
      operation: {
        await withCheckedContinuation(isolation: isolation) { continuation in
          let isOver = state.withLock { state in
            if state.isCancelled || self.stamp != stamp { return true }
            state.sleeper = continuation
            return false
          }
          if isOver { continuation.resume() }
        }
      }, onCancel: { report { $0.isCancelled = true } }, isolation: isolation)
  }
}
