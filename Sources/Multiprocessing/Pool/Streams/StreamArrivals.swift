internal import SharedArraysSystem
internal import Synchronization

/// The chunks of a stream that have ended, and a futex word on which the reading thread or task
/// waits for them.
@safe final class StreamArrivals: @unchecked Sendable {
  // Why @unchecked: the word is atomic, and its address is set once. The lock protects everything
  // else.
  // SAFETY: the word is allocated and initialized in `init`, and freed in `deinit`. Its users hold
  // a reference to this object.

  private struct State {
    var arrived: [Int] = []
    var sleeper: CheckedContinuation<Void, Never>?
    var isCancelled = false
  }

  private let state = ForkableMutex(State())
  /// The number of reports so far; a futex word.
  private let word: UnsafeMutablePointer<Atomic<UInt32>>

  init() {
    unsafe word = .allocate(capacity: 1)
    unsafe word.initialize(to: Atomic(0))
  }

  deinit { unsafe word.deallocate() }

  /// The current number of reports. A reader takes it before it checks for results, so that it does
  /// not sleep through a later report.
  var stamp: UInt32 { unsafe word.pointee.load(ordering: .sequentiallyConsistent) }

  /// Whether the reading task was cancelled while it slept.
  var isCancelled: Bool { state.withLock { $0.isCancelled } }

  func post(_ number: Int) { report { $0.arrived.append(number) } }

  /// Returns the numbers of the chunks that have ended since the last call, in the order of their
  /// ends.
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

  /// Blocks the thread until a report follows the one numbered `stamp`, or the deadline has passed.
  func wait(since stamp: UInt32, until deadline: Deadline) {
    unsafe _ = try? Futex(at: UnsafeMutableRawPointer(word)).wait(while: stamp, until: deadline)
  }

  /// Suspends the task until a report follows the one numbered `stamp`, or the task is cancelled.
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
