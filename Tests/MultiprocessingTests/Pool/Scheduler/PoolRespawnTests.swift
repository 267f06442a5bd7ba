import Glibc
import Multiprocessing
import SharedArraysMemory
import SharedArraysSystem
import Synchronization
import TestSupport
import Testing

// SAFETY: the type is that of prlimit in its manual page, and the limits are a local variable.

/// Returns the children of this process except some.
private func children(but others: [Int]) -> [Int] {
  let own = currentProcess()
  return processTable().filter { $0.parent == own && $0.isAlive && !others.contains($0.pid) }.map(\.pid)
}

/// Limits the number of descriptors of a process; returns the previous limit.
@discardableResult
private func limitDescriptors(_ limit: UInt, of pid: Int = 0) -> UInt {
  typealias Call = @convention(c) (pid_t, CInt, UnsafePointer<rlimit>?, UnsafeMutablePointer<rlimit>?) -> CInt
  // Swift does not import it, because the type of its resource constants is an enumeration in C.
  guard let address = unsafe dlsym(nil, "prlimit") else { return 0 }
  let call = unsafe unsafeBitCast(address, to: Call.self)
  var limits = rlimit()
  unsafe _ = call(pid_t(pid), CInt(RLIMIT_NOFILE.rawValue), nil, &limits)
  let usual = limits.rlim_cur
  limits.rlim_cur = limit
  unsafe _ = call(pid_t(pid), CInt(RLIMIT_NOFILE.rawValue), &limits, nil)
  return usual
}

/// Returns the lowest descriptors that are free in another process, once it has finished closing
/// those that it does not keep.
private func freeDescriptors(of pid: Int) -> [Int] {
  func now() -> [Int] {
    var entry = stat()
    return (0..<100).filter { unsafe lstat("/proc/\(pid)/fd/\($0)", &entry) != 0 }
  }
  var numbers = now()
  while true {
    usleep(100_000)
    let later = now()
    if later == numbers { return numbers }
    numbers = later
  }
}

/// Workers that could not be replaced at once, or that ended before they could work.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct PoolRespawnTests {
  private static let methods: [StartMethod] = [.fork, .spawn, .forkServer]

  @Test(arguments: methods, [1, 2])
  func `a worker that the system did not allow to start is started later`(method: StartMethod, workers: Int)
    async
  {
    await #expect(processExitsWith: .success) { [method, workers] in
      inOwnProcess {
        let pool = try ProcessPool(workers: workers, startMethod: method)
        _ = try pool.map(Cube.self, 0..<100)
        // Fewer than are already open, but enough to wait for all workers.
        let usual = limitDescriptors(6)
        #expect(dup(0) == -1)
        for pid in pool.workerPIDs { kill(pid_t(pid), SIGKILL) }
        #expect(waitUntil { pool.workerPIDs.isEmpty })
        let first = try pool.submit(Cube.self, 3)
        let second = try pool.submit(Spell.self, 4)
        #expect(!first.wait(timeout: .milliseconds(300)))
        limitDescriptors(usual)
        #expect(try first.result(timeout: .seconds(20)) == 27)
        #expect(try second.result(timeout: .seconds(20)) == "4")
        #expect(waitUntil { pool.workerPIDs.count == workers })
        #expect(try pool.map(Cube.self, 0..<100) == (0..<100).map { $0 * $0 * $0 })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  /// With two free descriptors, and the one that is closed when the worker ends, the template
  /// receives the three descriptors of a request, but cannot open a pidfd of the new process. With
  /// fewer it cannot even receive those.
  @Test(arguments: 0..<3)
  func `a template that temporarily has no free descriptors is asked again`(free: Int) async {
    await #expect(processExitsWith: .success) { [free] in
      inOwnProcess {
        let pool = try ClosurePool(workers: 1) { (n: Int) in n + 1 }
        #expect(try pool.map(0..<3) == [1, 2, 3])
        let template = try #require(children(but: []).first { !pool.pool.workerPIDs.contains($0) })
        let numbers = freeDescriptors(of: template)
        let usual = limitDescriptors(UInt(numbers[free]), of: template)
        kill(pid_t(pool.pool.workerPIDs[0]), SIGKILL)
        #expect(waitUntil { pool.pool.workerPIDs.isEmpty })
        let future = try pool.submit(4)
        #expect(!future.wait(timeout: .milliseconds(200)))
        limitDescriptors(usual, of: template)
        #expect(try future.result(timeout: .seconds(20)) == 5)
        pool.shutdown()
      }
    }
  }

  @Test func `calls fail if no worker can be started for long, and later calls are done`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        _ = try pool.map(Cube.self, 0..<100)
        let usual = limitDescriptors(6)
        for pid in pool.workerPIDs { kill(pid_t(pid), SIGKILL) }
        let error = poolError { try pool.map(Spell.self, 0..<100) }
        #expect(error?.code == .cannotStart)
        #expect(error?.message?.contains("Too many open files") == true)
        limitDescriptors(usual)
        #expect(try pool.map(Cube.self, 0..<100) == (0..<100).map { $0 * $0 * $0 })
        #expect(waitUntil { pool.workerPIDs.count == 2 })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: [StartMethod.spawn, .forkServer])
  func `workers killed from outside before they can work do not break a pool`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 1, startMethod: method)
        // More deaths than the number in a row that would be fatal if the workers ended by
        // themselves.
        var seen: Set<Int> = []
        #expect(
          waitUntil(within: .seconds(40)) {
            for pid in pool.workerPIDs where seen.insert(pid).inserted { kill(pid_t(pid), SIGKILL) }
            return seen.count > 12
          })
        #expect(try pool.map(Cube.self, 0..<100) == (0..<100).map { $0 * $0 * $0 })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `the other workers do calls while a worker is being started`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2, startMethod: .forkServer)
        _ = try pool.map(Cube.self, 0..<100)
        let server = try #require(children(but: []).first)
        kill(pid_t(server), SIGSTOP)
        #expect(waitUntil { processState(server) == "T" })
        let isStarted = Atomic(false)
        onThread {
          try? pool.resize(to: 3)
          isStarted.store(true, ordering: .releasing)
        }
        #expect(waitUntil { pool.workerCount == 3 })
        #expect(try pool.map(Spell.self, 0..<100) == (0..<100).map { String($0) })
        #expect(try pool.submit(Cube.self, 3).result() == 27)
        #expect(processState(server) == "T" && !isStarted.load(ordering: .acquiring))
        kill(pid_t(server), SIGCONT)
        #expect(waitUntil { isStarted.load(ordering: .acquiring) && pool.workerPIDs.count == 3 })
        #expect(try pool.map(Cube.self, 0..<100) == (0..<100).map { $0 * $0 * $0 })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }
}
