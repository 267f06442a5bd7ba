import Multiprocessing
import SharedArraysMemory
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct PoolCancellingTests {
  @Test func `work that has started is not cancelled, and returns its result`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 1)
        let gate = try Gate()
        let future = try pool.submit(Hold.self, gate)
        gate.hasBegun.wait()
        #expect(!future.cancel() && !future.cancel())
        gate.mayEnd.set()
        #expect(try future.result() == 7)
        #expect(!future.cancel(), "the work has ended")
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: [1, 63, 64, 150])
  func `a shutdown that cancels pending work finishes the work that has started`(count: Int) async {
    await #expect(processExitsWith: .success) { [count] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 1)
        let gate = try Gate()
        let first = try pool.submit(Hold.self, gate)
        gate.hasBegun.wait()
        let others = try (0..<count).map { try pool.submit(Cube.self, $0) }
        pool.shutdown(wait: false, cancelsPending: true)
        #expect(others.allSatisfy { future in code { try future.result() } == .cancelled })
        gate.mayEnd.set()
        #expect(try first.result() == 7)
        pool.shutdown()
        #expect(pool.workerPIDs == [])
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: [1, 2, 5])
  func `a shutdown that cancels pending work cancels a map unless all its chunks have started`(
    count: Int
  ) async {
    await #expect(processExitsWith: .success) { [count] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 1)
        let gate = try Gate()
        onThreads(2) { thread in
          if thread == 0 {
            let error = poolError {
              let sevens = try pool.map(Hold.self, Array(repeating: gate, count: count), chunkSize: 1)
              #expect(sevens == [7] && count == 1, "no chunk is left to cancel")
            }
            #expect(error?.code == (count == 1 ? nil : .cancelled))
          } else {
            gate.hasBegun.wait()
            pool.shutdown(wait: false, cancelsPending: true)
            gate.mayEnd.set()
          }
        }
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }
}
