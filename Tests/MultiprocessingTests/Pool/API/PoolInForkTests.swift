import Glibc
import Multiprocessing
import SharedArraysCore
import SharedArraysMemory
import SharedArraysParallel
import SharedArraysSystem
import TestSupport
import Testing

/// Runs pools through their whole life while two threads contend for the pool's lock: the caller's,
/// and the one that manages the pool.
private func usePools(_ count: Int) throws -> Int {
  var right = 0
  for round in 0..<count {
    let pool = try ProcessPool(workers: 2)
    defer { pool.shutdown() }
    let futures = try (0..<100).map { try pool.submit(Cube.self, $0) }
    for future in futures { future.onCompletion {} }
    for (number, future) in futures.enumerated() where try future.result() == number * number * number {
      right += 1
    }
    if code({ try pool.submit(Die.self, 9, retries: 0).result() }) == .died { right += 1 }
    for result in pool.mapOrdered(Spell.self, round..<round + 3).results where Int(try result.get()) != nil {
      right += 1
    }
  }
  return right
}

enum UsePools: WorkFunction {
  static func call(_ count: Int) throws -> Int { try usePools(count) }
}

/// Pools in forked processes, which can have threads.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct PoolInForkTests {
  /// The process in which the pools are created.
  enum Place: Codable, CaseIterable {
    case forkedWorker, spawnedWorker, closurePool, pool, forkedPool, parallelCall
  }

  @Test(arguments: Place.allCases)
  func `pools work in every kind of worker`(place: Place) async {
    await #expect(processExitsWith: .success) { [place] in
      inOwnProcess {
        // This thread takes the pool's lock before it forks.
        #expect(try usePools(1) == 104)
        let rounds = 40
        let expected = rounds * 104
        switch place {
        case .forkedWorker: #expect(try WorkerProcess.start { try usePools(rounds) }.result() == expected)
        case .spawnedWorker:
          #expect(try WorkerProcess.start(UsePools.self, rounds, method: .spawn).result() == expected)
        case .closurePool:
          let pool = try ClosurePool(workers: 1) { (count: Int) in try usePools(count) }
          #expect(try pool.map([rounds, rounds]) == [expected, expected])
          pool.shutdown()
        case .pool, .forkedPool:
          let pool = try ProcessPool(workers: 1, startMethod: place == .pool ? .forkServer : .fork)
          #expect(try pool.map(UsePools.self, [rounds, rounds]) == [expected, expected])
          pool.shutdown()
        case .parallelCall:
          let slabs = try SharedArray<Int>(shape: [2])
          #expect(
            try slabs.parallelMap(workers: 2, partition: .chunks(of: 1)) { _ in try usePools(rounds) }
              == [expected, expected])
        }
        CurrentProcess.endForkServer()
      }
    }
  }
}
