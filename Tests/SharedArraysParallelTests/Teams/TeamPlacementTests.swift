import Glibc
import SharedArraysCore
import SharedArraysParallel
import SharedArraysSystem
import SharedArraysTransfer
import TestSupport
import Testing

/// An operation that writes the cores that its worker may use, as one bit each.
enum OwnCoresOfWorker: SlabFunction {
  static func call(_ slab: SharedArray<UInt64>, _: NoValue) {
    slab.fill(coresAllowed(toProcess: currentProcess()) ?? 0)
  }
}

@Suite(.serialized, .timeLimit(.minutes(3)))
struct TeamPlacementTests {
  @Test(arguments: [2, 3, 7], [false, true])
  func `clearing allocates the memory of each slab in its worker and in no other process`(
    workers: Int, includesCaller: Bool
  ) async {
    await #expect(processExitsWith: .success) { [workers, includesCaller] in
      inOwnProcess {
        let team = try WorkerTeam(workers: workers, includesCaller: includesCaller)
        let pids = team.workerPIDs.map { $0! } + [currentProcess()]
        let tiny = try SharedArray<Double>(shape: [workers])
        try tiny.clear(on: team, timeout: longTime)
        let before = try pids.map(sharedResidentBytes)
        let array = try SharedArray<Double>(shape: [1 << 22])
        array.fill(7)
        #expect(try sharedResidentBytes(ofProcess: currentProcess()) - before[pids.count - 1] >= 32 << 20)
        for _ in 0..<2 {
          try array.clear(on: team, timeout: longTime)
          let taken = zip(pids, before).map { pid, before in
            ((try? sharedResidentBytes(ofProcess: pid)) ?? 0) - before
          }
          for (index, bytes) in taken.enumerated() {
            // The last process is the caller.
            let isWorker = index < workers
            let share = isWorker ? (32 << 20) / workers : 0
            // The tolerance is a huge page at each end, and a board whose pages were not present.
            #expect(abs(bytes - share) <= (4 << 20) + (1 << 16), "\(index) of \(workers): \(taken)")
          }
          #expect(array.toArray().allSatisfy { $0 == 0 })
          array.fill(8)
        }
      }
    }
  }

  @Test(arguments: [1, 2, 5], [[100_000], [1000, 1001], [4099, 513], [3, 1_000_003]] as [[Int]])
  func `clearing a view leaves all elements around it as they are`(workers: Int, shape: [Int]) async {
    await #expect(processExitsWith: .success) { [workers, shape] in
      inOwnProcess {
        let team = try WorkerTeam(workers: workers)
        let rows = shape[0]
        for range in [0..<rows, 0..<1, 1..<rows, rows / 3..<rows - 1] {
          let array = try SharedArray<Float>(shape: Shape(shape))
          array.fill(5)
          try array.slice(range).clear(on: team, timeout: longTime)
          var expected = [Float](repeating: 5, count: array.count)
          let row = array.count / rows
          for index in range.lowerBound * row..<range.upperBound * row { expected[index] = 0 }
          #expect(array.toArray() == expected)
        }
      }
    }
  }

  @Test
  func `pinned members have separate cores if the workers fill all cores, otherwise all cores`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let cores = ComputeBudget.allowedCores
        for (workers, includesCaller) in [(cores, false), (cores, true), (cores + 1, false)] {
          let team = try WorkerTeam(workers: workers, includesCaller: includesCaller, pinsWorkers: true)
          let sets = try SharedArray<UInt64>(shape: [workers])
          try parallelForEach(
            OwnCoresOfWorker.self, over: sets, argument: NoValue(), on: team, timeout: longTime)
          let pinned = workers == cores ? (includesCaller ? cores - 1 : cores) : 0
          let counts = sets.toArray().map(\.nonzeroBitCount)
          #expect(counts == (0..<workers).map { $0 < pinned ? 1 : cores })
          #expect(Set(sets.toArray().prefix(pinned)).count == pinned)
        }
      }
    }
  }

  @Test(.enabled(if: ComputeBudget.allowedCores > 1, "this process may use only one core"))
  func `a sleeping member avoids the caller's core, and may use all cores while it works`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let cores = ComputeBudget.allowedCores
        let team = try WorkerTeam(workers: 2, includesCaller: true)
        let member = team.workerPIDs[0]!
        let sets = try SharedArray<UInt64>(shape: [2])
        for _ in 0..<5 {
          try parallelForEach(
            OwnCoresOfWorker.self, over: sets, argument: NoValue(), on: team, timeout: longTime)
          #expect(sets.toArray().map(\.nonzeroBitCount) == [cores, cores])
          #expect(waitUntil { coresAllowed(toProcess: member)?.nonzeroBitCount == cores - 1 })
        }
      }
    }
  }

  @Test
  func `insufficient memory is an error of the worker, and clearing again repairs it`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let array = try SharedArray<Int>.arange(1 << 20)
        let call = "madvise(MADV_POPULATE_WRITE)"
        // The members are forked with the injected fault.
        let team = try FaultInjection.failing(call, with: ErrorCode.noMemory) { try WorkerTeam(workers: 2) }
        do throws(TeamError) {
          try array.clear(on: team, timeout: longTime)
          Issue.record("it succeeded")
        } catch {
          #expect(error.code == .threw && error.message?.contains(call) == true, "\(error)")
        }
        try array.clear(on: try WorkerTeam(workers: 2), timeout: longTime)
        #expect(array.toArray().allSatisfy { $0 == 0 })
      }
    }
  }
}

/// Returns the amount of shared memory in the page tables of a process, in bytes.
private func sharedResidentBytes(ofProcess pid: Int) throws -> Int {
  guard let kibibytes = Int(processStatus("RssShmem", ofProcess: pid) ?? "") else { throw Unexpected() }
  return kibibytes << 10
}
