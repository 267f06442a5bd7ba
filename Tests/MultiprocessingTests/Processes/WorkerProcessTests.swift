import Glibc
import Multiprocessing
import SharedArraysSystem
import SharedArraysTransfer
import TestSupport
import Testing

// SAFETY: the mask is a local variable, which the C functions do not keep.

private let methods: [StartMethod] = [.fork, .spawn, .forkServer]

@Suite(.serialized, .timeLimit(.minutes(2)))
struct WorkerProcessTests {
  // MARK: - Results

  @Test(arguments: methods)
  func `a named function receives its input and returns its output`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let processes = try (1...4).map { try WorkerProcess.start(Cube.self, $0, method: method) }
        #expect(try processes.map { try $0.result() } == [1, 8, 27, 64])
        #expect(processes.allSatisfy { $0.termination == .exited(code: 0) && !$0.isAlive })
        #expect(try processes[3].result() == 64, "a later call returns the same result")
        let order = Order(name: "Größe", numbers: [.nan, -0.0, .infinity], options: ["a": 1, "b": nil])
        let echo = try WorkerProcess.start(Echo<Order>.self, order, method: method).result()
        #expect(echo.name == order.name && echo.options == order.options)
        #expect(echo.numbers[0].isNaN && echo.numbers[1].sign == .minus && echo.numbers[2] == .infinity)
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: methods)
  func `values of any size are transferred`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        for count in [0, 1, 65_000, 65_536, 70_000, 20_000_000] {
          let bytes = [UInt8](repeating: UInt8(count & 255), count: count)
          let echo = try WorkerProcess.start(Echo<[UInt8]>.self, bytes, method: method).result()
          #expect(echo == bytes)
        }
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a closure captures anything`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        final class Thing { var number = 20 }
        let thing = Thing()
        let process = try WorkerProcess<Int>.start(name: "closure") {
          thing.number += 1
          return thing.number * 2
        }
        #expect(try process.result() == 42)
        #expect(thing.number == 20 && process.name == "closure" && process.startMethod == .fork)
        let nothing = try WorkerProcess<NoValue>.start { NoValue() }
        _ = try nothing.result()
      }
    }
  }

  @Test func `results can be awaited`() async throws {
    let processes = try (1...5).map { try WorkerProcess.start(Cube.self, $0, method: .forkServer) }
    var sum = 0
    for process in processes { sum += try await process.value }
    #expect(sum == 225)
  }

  // MARK: - Failures

  @Test(arguments: methods)
  func `a thrown error is reported with its type and text`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let process = try WorkerProcess.start(EvenOnly.self, 3, name: "odd", method: method)
        let error = processError { try process.result() }
        #expect(
          error?.code == .threw && error?.errorType == "Refusal" && error?.message == "the input is odd")
        #expect(error?.pid == process.pid && process.termination == .exited(code: 1))
        #expect(
          error?.description
            == "Worker \"odd\" (process \(process.pid)) threw an error: Refusal: the input is odd.")
        #expect(try WorkerProcess.start(EvenOnly.self, 8, method: method).result() == 4)
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: methods)
  func `every death is reported with its exit code or the name of its signal`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let ignored: Set = [Int(SIGCHLD), Int(SIGCONT), Int(SIGURG), Int(SIGWINCH)]
        let stopping: Set = [Int(SIGSTOP), Int(SIGTSTP), Int(SIGTTIN), Int(SIGTTOU)]
        for signal in 1..<32 where !stopping.contains(signal) {
          let process = try WorkerProcess.start(Die.self, signal, method: method)
          if ignored.contains(signal) {
            #expect(try process.result() == signal)
          } else {
            let error = processError { try process.result() }
            #expect(error?.code == .died && error?.termination == .signaled(signal), "signal \(signal)")
            #expect(error?.description.contains(signalName(signal)) == true)
          }
        }
        for code in [1, 3, 255] {
          let error = processError { try WorkerProcess.start(Die.self, -code, method: method).result() }
          #expect(error?.termination == .exited(code: code))
        }
        let leaves = processError { try WorkerProcess.start(Die.self, -256, method: method).result() }
        #expect(leaves?.code == .died && leaves?.termination == .exited(code: 0), "no result is a failure")
        let trap = processError { try WorkerProcess.start(Die.self, 0, method: method).result() }
        #expect(trap?.code == .died)
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a function that cannot run in another process is refused before the start`() throws {
    let hidden = processError { try startHidden() }
    #expect(hidden?.code == .notResolvable)
    #expect(hidden?.description.contains("Hidden") == true && hidden?.description.contains("private") == true)
    enum Local: WorkFunction { static func call(_ n: Int) -> Int { n } }
    #expect(processError { try WorkerProcess.start(Local.self, 1) }?.code == .notResolvable)
  }

  // MARK: - Handling

  @Test(arguments: methods)
  func `waits time out, and a process can be terminated or killed`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let process = try WorkerProcess.start(Sleep.self, 60_000, method: method)
        #expect(process.isAlive && process.termination == nil)
        #expect(try !process.join(timeout: .zero) && !process.join(timeout: .seconds(-1)))
        #expect(try !process.join(timeout: .milliseconds(20)))
        #expect(processError { try process.result(timeout: .milliseconds(5)) }?.code == .timedOut)
        #expect(CurrentProcess.children.contains { $0.pid == process.pid })
        process.terminate()
        #expect(try process.join() && process.join() && process.join(timeout: .zero))
        #expect(process.termination == .signaled(15))
        #expect(!CurrentProcess.children.contains { $0.pid == process.pid })
        let stopped = try WorkerProcess.start(Sleep.self, 60_000, method: method)
        kill(pid_t(stopped.pid), SIGSTOP)
        #expect(try !stopped.join(timeout: .milliseconds(20)))
        stopped.kill()
        #expect(try stopped.join())
        #expect(stopped.termination == .signaled(9))
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `killTree also kills the programs that workers started`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let root = try WorkerProcess.start(StartPrograms.self, 1000, method: .fork)
        // The worker, a shell and two programs.
        #expect(waitUntil { descendants(of: root.pid).count == 4 })
        let tree = descendants(of: root.pid)
        root.killTree()
        #expect(try root.join())
        #expect(waitUntil { !processTable().contains { entry in tree.contains(entry.pid) && entry.isAlive } })
      }
    }
  }

  @Test func `a caller can wait for one or all of several processes`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let slow = try WorkerProcess.start(Sleep.self, 60_000, method: .fork)
        let quick = try WorkerProcess.start(Sleep.self, 10, method: .forkServer)
        #expect(try waitAny([slow, quick]) == 1)
        #expect(try waitAny([slow], timeout: .milliseconds(10)) == nil)
        #expect(try waitAny([]) == nil)
        #expect(try !waitAll([slow, quick], timeout: .milliseconds(10)))
        slow.kill()
        #expect(try waitAll([slow, quick]))
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: methods)
  func `a worker knows its identity and inherits no unwanted state`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        // Descriptors of the parent, close-on-exec or not, and signals that it blocks.
        let leaks = (0..<20).map { _ in dup(0) }
        defer { for leak in leaks { close(leak) } }
        var mask = sigset_t()
        unsafe sigfillset(&mask)
        unsafe pthread_sigmask(SIG_BLOCK, &mask, nil)
        let process = try WorkerProcess.start(
          Report.self, NoValue(), name: "teller", method: method, isDaemon: true)
        let account = try process.result()
        #expect(
          account.pid == process.pid && account.name == "teller" && account.depth == 1 && account.isDaemon)
        #expect(account.parent == Int(getpid()) && account.blockedSignals == 0 && account.marker == nil)
        if method != .fork {
          // The socket, and the parent-death pipe that the kernel watches.
          #expect(account.descriptors.filter { $0 > 2 }.count <= 2, "\(account.descriptors)")
        }
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: methods)
  func `workers can start workers, up to a maximum depth`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let three = Descent(goal: 3, method: method.rawValue)
        let depth = try WorkerProcess.start(Descend.self, three, method: method).result()
        #expect(depth == 3)
        let far = Descent(goal: 99, method: method.rawValue)
        let error = processError { try WorkerProcess.start(Descend.self, far, method: method).result() }
        #expect(error?.code == .threw && error?.description.contains("which is the maximum") == true)
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a daemon cannot start processes`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let process = try WorkerProcess.start(
          Descend.self, Descent(goal: 2, method: "fork"), method: .fork, isDaemon: true)
        let error = processError { try process.result() }
        #expect(error?.errorType == "ProcessError" && error?.message?.contains("daemon") == true)
      }
    }
  }

  @Test func `a process that has inherited a worker cannot use it`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let worker = try WorkerProcess.start(Sleep.self, 60_000, method: .fork)
        let other = try WorkerProcess<Bool>.start {
          processError { try worker.join() }?.code == .foreignProcess && CurrentProcess.children.isEmpty
        }
        #expect(try other.result())
        worker.kill()
        try worker.join()
      }
    }
  }

  @Test func `the default method is chosen once`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        #expect(StartMethod.processDefault == .automatic)
        try StartMethod.setDefault(.spawn)
        #expect(StartMethod.processDefault == .spawn)
        #expect(processError { try StartMethod.setDefault(.fork) }?.code == .defaultIsSet)
        let process = try WorkerProcess.start(Cube.self, 3)
        #expect(process.startMethod == .spawn)
        #expect(try process.result() == 27)
      }
    }
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        _ = try WorkerProcess.start(Cube.self, 3, method: .fork).result()
        let process = try WorkerProcess.start(Cube.self, 3)
        #expect(process.startMethod == .forkServer)
        try process.join()
        #expect(processError { try StartMethod.setDefault(.fork) }?.code == .defaultIsSet)
        CurrentProcess.endForkServer()
      }
    }
  }
}

/// Returns the error that `body` throws; records an issue if it throws none.
func processError<Result>(
  _ location: SourceLocation = #_sourceLocation, _ body: () throws -> Result
) -> ProcessError? {
  do {
    let result = try body()
    Issue.record("the call succeeded: \(result)", sourceLocation: location)
  } catch let error as ProcessError {
    return error
  } catch {
    Issue.record(error, sourceLocation: location)
  }
  return nil
}

/// Returns a process and its living descendants.
private func descendants(of pid: Int) -> [Int] {
  let table = processTable()
  var found = [pid]
  var next = 0
  while next < found.count {
    found += table.filter { $0.parent == found[next] && $0.isAlive }.map(\.pid)
    next += 1
  }
  return found
}
