import Glibc
import Multiprocessing
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: `memset` writes just the MiB that was allocated.

/// Allocates a number of MiB, then dies by SIGKILL. With a negative number it allocates until it is
/// killed.
enum TakeAndDie: WorkFunction {
  static func call(_ count: Int) -> Int {
    var taken = 0
    while count < 0 || taken < count {
      unsafe memset(malloc(1 << 20), 1, 1 << 20)
      taken += 1
    }
    kill(getpid(), SIGKILL)
    return taken
  }
}

/// Errors that report the memory of workers that have died.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct PoolMemoryTests {
  private static let methods: [StartMethod] = [.fork, .spawn, .forkServer]

  @Test(arguments: methods, [10, 200])
  func `the error of a dead worker reports its peak memory`(method: StartMethod, count: Int) async {
    await #expect(processExitsWith: .success) { [method, count] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2, startMethod: method)
        let error = try #require(poolError { try pool.submit(TakeAndDie.self, count, retries: 0).result() })
        #expect(error.code == .died && error.termination == .signaled(9))
        let peak = try #require(error.peakMemory)
        #expect(peak > count << 20 && peak < (count + 190) << 20)
        #expect(error.description.contains("it had at most \(peak >> 20) MiB of memory"))
        #expect(poolError { try pool.map(EvenOnly.self, [1]) }?.peakMemory == nil, "the worker is alive")
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: methods)
  func `a killed worker might be out of memory only if the kernel has counted such a kill`(
    method: StartMethod
  ) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let before = MemoryKills.now()
        let pool = try ProcessPool(workers: 2, startMethod: method)
        for signal in [SIGKILL, SIGSEGV] {
          let error = try #require(poolError { try pool.map(Die.self, [Int(signal)], retries: 1) })
          #expect(error.code == .died)
          let mayBe = signal == SIGKILL && MemoryKills.now().mayHaveGrown(since: before)
          #expect(error.mayBeOutOfMemory == mayBe)
          #expect(error.description.contains("perhaps by the kernel") == mayBe)
        }
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  /// Requires a control group with a limit.
  @Test(
    .enabled(
      if: environmentNumber("POOL_MEMORY_LIMIT", or: 0) > 0,
      "The test needs a control group with a limit; set POOL_MEMORY_LIMIT."), arguments: methods)
  func `a worker that the OOM killer kills might be out of memory`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2, startMethod: method)
        let error = try #require(poolError { try pool.map(TakeAndDie.self, [-1], retries: 0) })
        #expect(error.code == .died && error.mayBeOutOfMemory)
        #expect(error.peakMemory ?? 0 > environmentNumber("POOL_MEMORY_LIMIT", or: 0) / 3)
        #expect(try pool.map(Cube.self, 0..<100) == (0..<100).map { $0 * $0 * $0 })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: [
    (Int?.some(1), Int?.some(5), Int?.some(1), Int?.some(5), false), (1, 5, 2, 6, true), (1, 5, 1, 6, false),
    (nil, 5, nil, 5, false), (nil, 5, nil, 6, true), (1, nil, 1, nil, false), (1, nil, 2, nil, true),
    (nil, nil, nil, nil, true),
  ])
  func `memory kills might have occurred unless a readable count is unchanged`(
    group: Int?, machine: Int?, laterGroup: Int?, laterMachine: Int?, mayHaveGrown: Bool
  ) {
    let earlier = MemoryKills(group: group, machine: machine)
    let later = MemoryKills(group: laterGroup, machine: laterMachine)
    #expect(later.mayHaveGrown(since: earlier) == mayHaveGrown)
  }

  @Test func `memory kills are read from both versions of control groups`() {
    #expect(MemoryKills.count(inText: "low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\noom_group_kill 0\n") == 4)
    #expect(MemoryKills.count(inText: "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n") == 7)
    #expect(MemoryKills.count(inText: "oom_kill_disable 0\nunder_oom 0\n") == nil)
  }
}
