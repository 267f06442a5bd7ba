import Glibc
import Multiprocessing
import TestSupport
import Testing

// SAFETY: This covers the whole file. The mutex is initialized before its first use, and each
// process uses its own copy of it.

/// A lock that the parent holds while it forks workers.
private nonisolated(unsafe) let heldLock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

/// Waits for the lock that the parent held when it forked the worker.
enum TakeHeldLock: WorkFunction {
  static func call(_ value: Int) -> Int {
    unsafe pthread_mutex_lock(heldLock)
    unsafe pthread_mutex_unlock(heldLock)
    return value
  }
}

/// Forked workers that come to wait for a lock which no thread of theirs can release.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct PoolDeadlockTests {
  /// Calls `body` with a pool whose manager thread sleeps without a limit, and whose first workers
  /// deadlock in their next call.
  private static func withDoomedWorkers(_ body: (ProcessPool) throws -> Void) throws {
    unsafe pthread_mutex_init(heldLock, nil)
    unsafe pthread_mutex_lock(heldLock)
    let pool = try ProcessPool(workers: 2, startMethod: .fork)
    #expect(try pool.map(Cube.self, 0..<100) == (0..<100).map { $0 * $0 * $0 })
    usleep(300_000)
    unsafe pthread_mutex_unlock(heldLock)
    try body(pool)
    pool.shutdown()
  }

  @Test func `workers that deadlock after the pool was idle are replaced during a map`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        try Self.withDoomedWorkers { (pool) throws in
          #expect(try pool.map(TakeHeldLock.self, 0..<4, chunkSize: 1) == [0, 1, 2, 3])
        }
      }
    }
  }

  @Test func `a worker that deadlocks is replaced while its future is polled`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        try Self.withDoomedWorkers { (pool) throws in
          let future = try pool.submit(TakeHeldLock.self, 7)
          while !future.isDone { usleep(10_000) }
          #expect(try future.result() == 7)
        }
      }
    }
  }

  @Test func `a worker that deadlocks is replaced while others keep the manager thread busy`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        try Self.withDoomedWorkers { (pool) throws in
          let future = try pool.submit(TakeHeldLock.self, 7)
          // A timeout makes each call wake the manager thread.
          while !future.isDone { #expect(try pool.map(Cube.self, [2], timeout: .seconds(100)) == [8]) }
          #expect(try future.result() == 7)
        }
      }
    }
  }
}
