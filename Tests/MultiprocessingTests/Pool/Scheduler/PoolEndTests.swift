import Glibc
import Multiprocessing
import SharedArraysMemory
import SharedArraysSystem
import Synchronization
import TestSupport
import Testing

// SAFETY: the strings are null-terminated for the calls, and the text is passed with its own size.

/// The state of a program's pool when the program ends.
enum PoolMoment: Codable, CaseIterable { case idle, busy, closed, resting }

/// Returns whether a process runs or is stopped.
private func isAlive(_ pid: Int) -> Bool {
  guard let state = (readSmallFile("/proc/\(pid)/stat") ?? "").split(separator: ")").last else {
    return false
  }
  return !["Z", "X"].contains(state.prefix(2).suffix(1))
}

/// Writes pids to a file for the parent of this process.
private func note(_ pids: [Int], in file: String) {
  let text = pids.map { String($0) }.joined(separator: " ")
  let output = unsafe open(file, O_CREAT | O_TRUNC | O_WRONLY, 0o600)
  unsafe write(output, text, text.utf8.count)
  close(output)
}

/// Returns the pids in the file and removes it.
private func noted(in file: String) -> [Int] {
  defer { unsafe unlink(file) }
  return (readSmallFile(file) ?? "").split(separator: " ").compactMap { Int($0) }
}

/// Calls from all contexts, and pools and programs that end early or never start.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct PoolEndTests {
  private static let methods: [StartMethod] = [.fork, .spawn, .forkServer]

  @Test(arguments: methods, PoolMoment.allCases)
  func `no worker outlives its program, whatever the pool is doing`(
    method: StartMethod, moment: PoolMoment
  ) async {
    let file = "/tmp/sharedarrays-tests-end-\(getpid())-\(method)-\(moment)"
    for way in [CInt(-1), 0, SIGKILL] {
      await #expect(processExitsWith: way == SIGKILL ? .signal(SIGKILL) : .exitCode(0)) {
        [method, moment, file = file as String, way = way as CInt] in
        alarm(60)
        // Long enough that both workers exist when their pids are read, even on a busy machine.
        let pool = try ProcessPool(
          workers: 2, startMethod: method, idleTimeout: moment == .resting ? .milliseconds(150) : nil)
        #expect(try pool.map(Cube.self, 0..<10) == (0..<10).map { $0 * $0 * $0 })
        let pids = pool.workerPIDs
        if moment == .busy || moment == .closed {
          for _ in 0..<1000 { _ = try pool.submit(Sleep.self, 20_000) }
        }
        if moment == .closed { pool.shutdown(wait: false) }
        if moment == .resting { #expect(waitUntil { pool.workerPIDs.isEmpty }) }
        note(pids, in: file)
        if way < 0 { _exit(0) }
        if way == 0 { exit(0) }
        kill(getpid(), way)
      }
      let pids = noted(in: file)
      #expect(pids.count == 2)
      #expect(waitUntil { !pids.contains { isAlive($0) } }, "after _exit (-1), exit (0) or a signal: \(way)")
    }
  }

  @Test(arguments: [false, true])
  func `a program with a pool bound to a closure ends, and its workers end too`(isBusy: Bool) async {
    let file = "/tmp/sharedarrays-tests-end-\(getpid())-\(isBusy)"
    await #expect(processExitsWith: .exitCode(0)) { [isBusy, file = file as String] in
      alarm(60)
      let pool = try ClosurePool(workers: 2) { (n: Int) in
        usleep(UInt32(n) * 1000)
        return n
      }
      #expect(try pool.map(0..<4) == [0, 1, 2, 3])
      if isBusy { for _ in 0..<1000 { _ = try pool.submit(20_000) } }
      note(pool.pool.workerPIDs, in: file)
      exit(0)
    }
    let pids = noted(in: file)
    #expect(pids.count == 2)
    #expect(waitUntil { !pids.contains { isAlive($0) } })
  }

  @Test(arguments: methods, [9, 11, 0, -1, -256])
  func `an initializer that ends its worker fails all calls after a few tries`(method: StartMethod, way: Int)
    async
  {
    await #expect(processExitsWith: .success) { [method, way] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2, startMethod: method, initializer: Die.self, way)
        for _ in 0..<2 {
          let error = poolError { try pool.map(Cube.self, 0..<10) }
          #expect(error?.code == .initializerFailed && error?.pid != nil && error?.termination != nil)
          #expect(error?.message == "13 workers in a row ended in the initializer")
          if way == 9 { #expect(error?.termination == .signaled(9)) }
          if way == -1 { #expect(error?.termination == .exited(code: 1)) }
        }
        #expect(code { try pool.submit(Cube.self, 1) } == .initializerFailed)
        pool.shutdown()
        #expect(pool.workerPIDs == [])
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a completion handler can submit more work`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        let chains = 50
        let depth = 20 * environmentNumber("POOL_CASES", or: 1)
        let ends = Atomic(0)
        let wrong = Atomic(0)
        @Sendable func next(_ number: Int, _ left: Int) {
          guard let future = try? pool.submit(Cube.self, number) else {
            wrong.add(1, ordering: .relaxed)
            ends.add(1, ordering: .releasing)
            return
          }
          future.onCompletion {
            if (try? future.result()) != number * number * number { wrong.add(1, ordering: .relaxed) }
            if left == 0 { ends.add(1, ordering: .releasing) } else { next(number + 1, left - 1) }
          }
        }
        for chain in 0..<chains { next(chain * 1000, depth) }
        #expect(waitUntil(within: .seconds(60)) { ends.load(ordering: .acquiring) == chains })
        #expect(wrong.load(ordering: .relaxed) == 0)
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a completion handler can add handlers to completed work, nested to any depth`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 1)
        let ended = try pool.submit(Cube.self, 2)
        #expect(try ended.result() == 8)
        let calls = Atomic(0)
        @Sendable func observe(_ left: Int) {
          ended.onCompletion {
            calls.add(1, ordering: .releasing)
            if left > 1 { observe(left - 1) }
          }
        }
        // Only the completion of a later job is reported by the pool's thread.
        let later = try pool.submit(Sleep.self, 20)
        later.onCompletion { observe(100) }
        #expect(waitUntil(within: .seconds(60)) { calls.load(ordering: .acquiring) == 100 })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `thousands of handlers are called once each while workers are killed, and the pool ends`()
    async
  {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 3)
        let count = 20_000 * environmentNumber("POOL_CASES", or: 1)
        let calls = Atomic(0)
        let futures = try (0..<count).map { number in
          // Never kills the last worker: what a killed worker leaves undone of another's work stays
          // undone.
          if number % 600 == 300, let pid = pool.workerPIDs.dropLast().randomElement() {
            kill(pid_t(pid), SIGKILL)
          }
          let future = try pool.submit(Spell.self, number, retries: 1000)
          future.onCompletion { calls.add(1, ordering: .releasing) }
          return future
        }
        #expect(waitUntil(within: .seconds(60)) { calls.load(ordering: .acquiring) >= count })
        #expect(try futures.map { try $0.result() } == (0..<count).map { String($0) })
        #expect(calls.load(ordering: .acquiring) == count)
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }
}
