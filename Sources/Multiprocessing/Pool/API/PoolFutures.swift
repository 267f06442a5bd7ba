internal import SharedArraysSystem
internal import Synchronization

/// Waits until all of several results are available.
///
/// - Parameter timeout: The longest wait for all of them together. 0 or less checks once, and nil
///   waits forever.
/// - Returns: Whether all of them have ended, with results or errors.
public func waitAll<Output>(_ futures: [PoolFuture<Output>], timeout: Duration? = nil) -> Bool {
  let deadline = Deadline(after: timeout)
  return futures.allSatisfy { $0.wait(until: deadline) }
}

/// Waits until one of several results is available.
///
/// - Parameter timeout: The longest wait. 0 or less checks once, and nil waits forever.
/// - Returns: The lowest index of a future that has ended; nil if none has ended in time.
public func firstCompleted<Output>(_ futures: [PoolFuture<Output>], timeout: Duration? = nil) -> Int? {
  let deadline = Deadline(after: timeout)
  if let index = futures.firstIndex(where: { $0.isDone }) { return index }
  if futures.isEmpty { return nil }
  let signal = CompletionSignal()
  for future in futures { future.onCompletion { signal.set() } }
  while true {
    if let index = futures.firstIndex(where: { $0.isDone }) { return index }
    if deadline.hasPassed { return nil }
    // The thread of a pool sets the signal, but calls no other observer while it is in one that
    // waits. This loop therefore also checks the futures at intervals.
    let next = Deadline.earlier(deadline, Deadline(after: StallRecovery.interval))
    if let own = futures.first(where: { $0.core.isManager }) {
      _ = own.wait(until: .earlier(next, Deadline(after: .milliseconds(5))))
    } else {
      signal.wait(until: next)
    }
  }
}

/// Returns the futures as a stream, each as soon as its result is available.
///
///     for await future in asCompleted(futures) { print(try future.result()) }
public func asCompleted<Output>(_ futures: [PoolFuture<Output>]) -> AsyncStream<PoolFuture<Output>> {
  let (stream, continuation) = AsyncStream.makeStream(of: PoolFuture<Output>.self)
  let missing = CompletionCount(futures.count)
  if futures.isEmpty { continuation.finish() }
  for future in futures {
    future.onCompletion {
      continuation.yield(future)
      if missing.countDown() { continuation.finish() }
    }
  }
  return stream
}

/// A futex word that is set once, and on which threads sleep until then.
@safe private final class CompletionSignal: @unchecked Sendable {
  // Why @unchecked: the word is atomic, and its address is set once.
  // SAFETY: the word is allocated and initialized in `init`, and freed in `deinit`. Its users hold
  // a reference to this object.

  private let word: UnsafeMutablePointer<Atomic<UInt32>>

  init() {
    unsafe word = .allocate(capacity: 1)
    unsafe word.initialize(to: Atomic(0))
  }

  deinit { unsafe word.deallocate() }

  func set() {
    unsafe word.pointee.store(1, ordering: .sequentiallyConsistent)
    unsafe Futex(at: UnsafeMutableRawPointer(word)).wake()
  }

  func wait(until deadline: Deadline) {
    unsafe _ = try? Futex(at: UnsafeMutableRawPointer(word)).wait(while: 0, until: deadline)
  }
}

private final class CompletionCount: Sendable {
  private let count: Atomic<Int>

  init(_ count: Int) { self.count = Atomic(count) }

  /// Decrements the count, and returns whether it has reached 0.
  func countDown() -> Bool { count.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 }
}
