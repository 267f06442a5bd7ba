import Glibc
import Multiprocessing
import SharedArraysMemory
import SharedArraysSystem
import Synchronization
import TestSupport
import Testing

/// Sometimes ends its own process in some way; otherwise returns the number.
enum EndNowAndThen: WorkFunction {
  static func call(_ number: Int) -> Int {
    switch number & 1 == 0 ? UInt32.random(in: 0..<2000) : 9 {
    case 0: exit(0)
    case 1: fatalError("a trap requested by a test")
    case 2: abort()
    default: return number
    }
  }
}

/// Everything that can happen to workers, at once.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct PoolFaultTests {
  private static let methods: [StartMethod] = [.fork, .spawn, .forkServer]

  /// The number of faults in each case; spawned workers get an eighth of it. A case ends after 50
  /// seconds at the latest.
  private static let faults = environmentNumber("POOL_FAULTS", or: 48)

  @Test(arguments: methods, [1, 2, 4])
  func `every call returns exact results despite worker faults at any time`(method: StartMethod, workers: Int)
    async
  {
    await #expect(processExitsWith: .success) { [method, workers] in
      inOwnProcess {
        let pool = try ProcessPool(workers: workers, startMethod: method)
        let faults = Self.faults / (method == .spawn ? 8 : 1)
        let count = Atomic(0)
        let isOver = Atomic(false)
        let deadline = Deadline(after: .seconds(50))
        onThread {
          while count.load(ordering: .relaxed) < faults, !deadline.hasPassed {
            // A spawned worker takes ten milliseconds to start; the wait lets it get that far.
            usleep(UInt32.random(in: 0..<(method == .spawn ? 60_000 : 4000)))
            guard let pid = pool.workerPIDs.randomElement() else { continue }
            Self.strike(pid_t(pid))
            count.add(1, ordering: .relaxed)
          }
          isOver.store(true, ordering: .releasing)
        }
        var rounds = 0
        while !isOver.load(ordering: .acquiring) {
          rounds += 1
          if rounds % 64 == 0 { alarm(110) }
          if try !Self.isExact(pool, rounds) {
            Issue.record("a wrong result in round \(rounds), after \(count.load(ordering: .relaxed)) faults")
            break
          }
        }
        #expect(waitUntil(within: .seconds(60)) { isOver.load(ordering: .acquiring) })
        #expect(try pool.map(Cube.self, 0..<100) == (0..<100).map { $0 * $0 * $0 })
        #expect(waitUntil { pool.workerPIDs.count == workers })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  private static func strike(_ pid: pid_t) {
    let signal = [SIGKILL, SIGSEGV, SIGABRT, SIGBUS, SIGTERM, SIGSTOP].randomElement()!
    kill(pid, signal)
    if signal == SIGSTOP {
      usleep(UInt32.random(in: 0..<2000))
      kill(pid, SIGCONT)
    }
  }

  private static func isExact(_ pool: ProcessPool, _ round: Int) throws -> Bool {
    switch round % 4 {
    case 0:
      let cubes = try pool.map(Cube.self, 0..<5000, chunkSize: 1 + round % 50, retries: 10_000)
      return cubes == (0..<5000).map { $0 * $0 * $0 }
    case 1:
      let texts = try pool.map(Spell.self, 0..<60, chunkSize: 7, retries: 10_000)
      return texts == (0..<60).map { String($0) }
    case 2:
      let numbers = try pool.map(EndNowAndThen.self, 0..<500, chunkSize: 3, retries: 10_000)
      return numbers == Array(0..<500)
    default:
      let futures = try (0..<80).map { try pool.submit(Cube.self, $0, retries: 10_000) }
      return try futures.map { try $0.result() } == (0..<80).map { $0 * $0 * $0 }
    }
  }
}
