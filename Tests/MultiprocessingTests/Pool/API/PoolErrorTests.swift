import Multiprocessing
import SharedArraysMemory
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct PoolErrorTests {
  @Test(arguments: [1, 2, 5, 100])
  func `an error names the chunk whose outputs cannot be encoded or inputs decoded`(chunkSize: Int) async {
    await #expect(processExitsWith: .success) { [chunkSize] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 1)
        let range = 0..<min(chunkSize, 5)
        let outputs = poolError { try pool.map(Unsendable.self, 0..<5, chunkSize: chunkSize) }
        #expect(outputs?.code == .notTransferable && outputs?.range == range)
        let inputs = poolError {
          try pool.map(Echo<Unreadable>.self, Array(repeating: Unreadable(), count: 5), chunkSize: chunkSize)
        }
        #expect(inputs?.code == .notTransferable && inputs?.range == range)
        #expect(try pool.map(Cube.self, 0..<3) == [0, 1, 8])
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `an error of the work names the work, and one of the pool names the pool`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 1)
        let gate = try Gate()
        let first = try pool.submit(Hold.self, gate)
        let second = try pool.submit(Cube.self, 1)
        gate.hasBegun.wait()
        #expect(poolError { try first.result(timeout: .zero) }?.description == "The work has no result yet.")
        #expect(second.cancel())
        #expect(poolError { try second.result() }?.description == "The work was cancelled.")
        gate.mayEnd.set()
        pool.shutdown()
        #expect(poolError { try pool.map(Cube.self, 0..<1) }?.description == "The pool is closed.")
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a function without a usable name is refused in one sentence`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 1)
        enum Local: WorkFunction { static func call(_ n: Int) -> Int { n } }
        let text = poolError { try pool.map(Local.self, 0..<1) }?.description ?? ""
        #expect(text.split(separator: "has a function without a usable name").count == 2)
        #expect(text.hasPrefix("The pool has a function without a usable name: ") && !text.contains("Worker"))
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }
}
