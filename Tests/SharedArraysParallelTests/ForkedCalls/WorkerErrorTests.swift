import Multiprocessing
import SharedArraysParallel
import SharedArraysSystem
import Testing

struct WorkerErrorTests {
  @Test func `a thrown error names worker, process, indices, type and text`() {
    let error = WorkerError(
      .threw, worker: 2, pid: 77, range: 10..<20, errorType: "BadRow", message: "row 12 has no value")
    #expect(
      error.description
        == "Worker 2 (process 77) threw an error while it worked on 10..<20: BadRow: row 12 has no value.")
    #expect(!error.mayBeOutOfMemory)
  }

  @Test func `a death by SIGKILL says that memory might be the reason`() {
    let error = WorkerError(.died, worker: 0, pid: 5, range: 0..<3, termination: .signaled(9))
    #expect(error.mayBeOutOfMemory)
    #expect(
      error.description
        == "Worker 0 (process 5) died while it worked on 0..<3: it was killed by SIGKILL, "
        + "perhaps by the kernel because memory ran out.")
  }

  @Test(arguments: [
    (ProcessTermination.signaled(11), "it was killed by SIGSEGV."),
    (.exited(code: 3), "it exited with code 3."),
  ])
  func `another death does not mention memory`(termination: ProcessTermination, ending: String) {
    let error = WorkerError(.died, worker: 0, pid: 5, termination: termination)
    #expect(!error.mayBeOutOfMemory)
    #expect(error.description == "Worker 0 (process 5) died: \(ending)")
  }

  @Test(arguments: ["no memory", "no memory."])
  func `a message with or without a full stop ends in one`(message: String) {
    let error = WorkerError(.cannotStart, worker: 1, message: message)
    #expect(error.description == "Worker 1 could not be started: no memory.")
  }

  @Test func `a time-out needs no cause`() {
    let error = WorkerError(.deadlineExceeded, worker: 1, pid: 9)
    #expect(error.description == "Worker 1 (process 9) did not finish in time.")
  }
}
