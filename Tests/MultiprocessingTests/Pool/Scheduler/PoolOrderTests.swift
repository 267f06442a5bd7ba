import Multiprocessing
import SharedArraysLocks
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct PoolOrderTests {
  @Test func `a worker does one job after another in the order of their submission`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 1)
        let counter = try SharedAtomic(0)
        var isInOrder = true
        for round in 0..<environmentNumber("POOL_ORDERS", or: 300) {
          let gate = try Gate()
          let first = try pool.submit(Hold.self, gate)
          gate.hasBegun.wait()
          let futures = try (0..<round % 61).map { _ in try pool.submit(Draw.self, counter) }
          // The slots of cancelled jobs become free between those of waiting jobs, and later jobs
          // take them.
          let kept = futures.enumerated().filter { $0.offset % 7 != round % 7 || !$0.element.cancel() }
          gate.mayEnd.set()
          let numbers = try kept.map { try $0.element.result() }
          #expect(try first.result() == 7)
          isInOrder = isInOrder && numbers == numbers.sorted()
        }
        #expect(isInOrder)
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }
}

/// Returns the next number.
enum Draw: WorkFunction {
  static func call(_ counter: SharedAtomic<Int>) -> Int { counter.add(1) }
}
