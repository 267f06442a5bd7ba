internal import SharedArraysSystem
internal import Synchronization

/// Waits until all of several results are there.
///
/// - Parameter timeout: how long in all; 0 or less looks once, nil waits for ever.
/// - Returns: whether all are there, as results or as errors.
public func waitAll<Output>(_ futures: [PoolFuture<Output>], timeout: Duration? = nil) -> Bool {
  let deadline = Deadline(after: timeout)
  return futures.allSatisfy { $0.wait(until: deadline) }
}

/// Waits until one of several results is there.
///
/// - Parameter timeout: how long; 0 or less looks once, nil waits for ever.
/// - Returns: the index of one that is there, the lowest; nil if none was in time.
public func firstCompleted<Output>(_ futures: [PoolFuture<Output>], timeout: Duration? = nil) -> Int? {
  let deadline = Deadline(after: timeout)
  if let index = futures.firstIndex(where: { $0.isDone }) { return index }
  if futures.isEmpty { return nil }
  let signal = CompletionSignal()
  for future in futures { future.onCompletion { signal.set() } }
  while true {
    if let index = futures.firstIndex(where: { $0.isDone }) { return index }
    if deadline.hasPassed { return nil }
    // What sets the signal is called by the thread of a pool, which calls nothing else while it is in an observer that waits.
    let next = Deadline.earlier(deadline, Deadline(after: PoolCore.rescueInterval))
    if let own = futures.first(where: { $0.core.isManager }) {
      _ = own.wait(until: .earlier(next, Deadline(after: .milliseconds(5))))
    } else {
      signal.wait(until: next)
    }
  }
}

/// The futures, each as soon as its result is there.
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

/// A word that is set once, and that threads sleep on till then.
@safe private final class CompletionSignal: @unchecked Sendable {
  // Why @unchecked: the word is atomic, and its place is set once.

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

  /// Whether it has come to 0.
  func countDown() -> Bool { count.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 }
}
