import Glibc
import Multiprocessing
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the C functions get pointers to local variables, strings and arrays, with their own
// sizes, and keep none of them.

/// Standard input and output, signals from outside, and pids that are reused.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct WorkerEndingTests {
  @Test(arguments: [.fork, .spawn, .forkServer] as [StartMethod])
  func `a program without standard descriptors can have workers, and prints into none of their channels`(
    method: StartMethod
  ) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        for descriptor: CInt in 0...2 { close(descriptor) }
        let block = try SharedBlock.create(.generated, byteCount: 64)
        let queue = try SharedQueue<Int>(capacity: 2)
        for number in 1...3 {
          print("printed to a closed descriptor")
          fflush(nil)
          #expect(try WorkerProcess.start(Chatter.self, number, method: method).result() == number)
        }
        let descriptors = (0...2).filter { fcntl(CInt($0), F_GETFD) >= 0 }
        #expect(descriptors == [], "this package uses a standard descriptor")
        #expect(try queue.tryPut(1) && block.byteCount == 64)
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: [.fork, .spawn, .forkServer] as [StartMethod])
  func `text printed before a start appears once, and the output of a worker is not lost`(
    method: StartMethod
  ) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let path = "/tmp/output-\(getpid())"
        let file = unsafe open(path, O_CREAT | O_RDWR | O_TRUNC, 0o600)
        defer { unlink(path) }
        let own = dup(1)
        dup2(file, 1)
        // Neither ends with a newline, so both stay in the buffer.
        print("before;", terminator: "")
        for number in 1...3 {
          let result = try WorkerProcess.start(Chatter.self, number, method: method).result()
          #expect(result == number)
        }
        print("after;", terminator: "")
        CurrentProcess.endForkServer()
        fflush(nil)
        dup2(own, 1)
        close(own)
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe pread(file, &bytes, bytes.count, 0)
        close(file)
        let words = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).split(separator: ";")
          .sorted()
        #expect(words == ["after", "before", "worker 1", "worker 2", "worker 3"])
      }
    }
  }

  @Test(arguments: [.fork, .spawn, .forkServer] as [StartMethod])
  func `a join of a stopped worker times out, and the worker can be killed`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let worker = try WorkerProcess.start(Sleep.self, 60_000, method: method)
        kill(pid_t(worker.pid), SIGSTOP)
        #expect(waitUntil { processState(worker.pid) == "T" })
        #expect(try !worker.join(timeout: .milliseconds(80)) && worker.isAlive)
        worker.kill()
        #expect(processError { try worker.result(timeout: .seconds(20)) }?.termination == .signaled(9))
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(.enabled(if: processNamespacesAreAvailable, "This user may not create a PID namespace."))
  func `a signal to a worker that has ended does not reach a process that reused its pid`() async {
    await #expect(processExitsWith: .success) {
      // Only in its own PID namespace can the test choose pids without taking those of other
      // programs.
      let ending = try childInProcessNamespace {
        for _ in 0..<50 {
          switch signalsReachStranger() {
          case .some(false): return 0
          case .some(true): return 1
          case nil: continue
          }
        }
        return 2
      }
      #expect(
        ending == .exited(code: 0),
        "1: a signal reached the process; 2: no process reused the pid; 3: no worker; 4: pid not set")
    }
  }

  @Test func `a signal handler of the application that reaps every child loses no result`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_handler = { _ in while waitpid(-1, nil, WNOHANG) > 0 {} }
        unsafe sigaction(SIGCHLD, &action, nil)
        for method in [.fork, .spawn, .forkServer] as [StartMethod] {
          for number in 1...5 {
            let result = try WorkerProcess.start(Cube.self, number, method: method).result()
            #expect(result == number * number * number)
          }
        }
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: [.fork, .spawn, .forkServer] as [StartMethod])
  func `an interrupt from the terminal ends a program and its workers`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      let words = try SharedWords()
      let program = try startChild {
        setpgid(0, 0)
        let workers = try? (0..<3).map { _ in try WorkerProcess.start(Sleep.self, 60_000, method: method) }
        words[0] = workers == nil ? -1 : 1
        for worker in workers ?? [] { _ = try? worker.join() }
        return 0
      }
      #expect(words.wait(for: 0) && words[0] == 1)
      kill(-pid_t(program.pid), SIGINT)
      let hasEnded = try program.ends(within: .seconds(10))
      #expect(hasEnded)
      let left = waitUntil { processTable().allSatisfy { $0.group != program.pid || !$0.isAlive } }
      #expect(left)
    }
  }
}

/// Prints text without a newline and returns its input.
enum Chatter: WorkFunction {
  static func call(_ number: Int) -> Int {
    print("worker \(number);", terminator: "")
    return number
  }
}

/// Returns whether signals to a worker that has ended reach the process that reused its pid; nil if
/// no process reused it.
private func signalsReachStranger() -> Bool? {
  guard let worker = try? WorkerProcess<Int>.start({ 1 }), (try? worker.result()) == 1 else { _exit(3) }
  // The kernel gives the pid after this one to the next process.
  let file = unsafe open("/proc/sys/kernel/ns_last_pid", O_WRONLY)
  let text = "\(worker.pid - 1)"
  guard file >= 0, unsafe write(file, text, text.utf8.count) == text.utf8.count else { _exit(4) }
  close(file)
  let stranger = try? startChild {
    sleep(30)
    return 0
  }
  guard let stranger else { _exit(3) }
  if stranger.pid != worker.pid { return nil }
  worker.kill()
  worker.terminate()
  worker.killTree()
  guard let hasEnded = try? stranger.ends(within: .milliseconds(50)) else { _exit(3) }
  return hasEnded || worker.isAlive || worker.termination != .exited(code: 0)
}
