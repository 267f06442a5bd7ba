import Foundation
import Glibc
import SharedArraysCore
import SharedArraysParallel
import SharedArraysSystem
import SharedArraysTransfer
import TestSupport
import Testing

// SAFETY: This covers the whole file. The mutex is initialized before its first use, and
// deallocated after its last use in this process. The C functions receive buffers with their true
// sizes.

/// The behavior of the workers in a run.
enum Order: BitwiseTransferable, BitwiseCopyable, Equatable {
  case work
  /// A worker ends by a signal, or by `_exit(3)` if the signal is 0, after a number of barriers.
  case die(Int, Int32, Int)
  /// The workers from an index on throw after a number of barriers.
  case fail(Int, Int)
  /// A worker does not end.
  case hang(Int)
  /// A worker returns while the other workers wait.
  case desert(Int)
}

/// A team whose workers write their pids and the number of barriers they have passed, with the
/// means to check it.
struct Crew {
  let pids: SharedArray<Int>
  let passed: SharedArray<Int>
  let team: WorkerTeam<Order>
  let kind: TeamKind

  init(_ kind: TeamKind) throws {
    let pids = try SharedArray<Int>(shape: [kind.workers])
    let passed = try SharedArray<Int>(shape: [kind.workers])
    team = try kind.team { (worker: TeamContext, order: Order) in
      let share = worker.partition(of: 100)
      pids[worker.index] = currentProcess()
      passed[worker.index] = 0
      for round in 0..<3 {
        switch order {
        case .die(worker.index, let signal, round):
          if signal == 0 { _exit(3) }
          kill(getpid(), signal)
        case .fail(let first, round) where worker.index >= first: throw Unexpected()
        case .hang(worker.index): while share.count >= 0 { sleepFor(milliseconds: 10) }
        case .desert(worker.index): return
        default: break
        }
        try worker.barrier()
        passed[worker.index] += 1
      }
    }
    (self.pids, self.passed, self.kind) = (pids, passed, kind)
  }

  /// Returns the error of a run that is expected to fail.
  func failure(
    of order: Order, timeout: Duration? = longTime, _ location: SourceLocation = #_sourceLocation
  ) throws -> TeamError {
    do throws(TeamError) { try team.run(order, timeout: timeout) } catch { return error }
    Issue.record("it succeeded", sourceLocation: location)
    throw Unexpected()
  }

  func expectNextRunIsExact(_ location: SourceLocation = #_sourceLocation) throws {
    pids.fill(0)
    try team.run(.work, timeout: longTime)
    #expect(passed.toArray() == [Int](repeating: 3, count: kind.workers), sourceLocation: location)
    let own = kind.includesCaller ? [currentProcess()] : []
    #expect(pids.toArray() == team.workerPIDs.map { $0 ?? 0 } + own, sourceLocation: location)
  }
}

@Suite(.serialized, .timeLimit(.minutes(3)))
struct WorkerTeamFailureTests {
  @Test(arguments: TeamKind.several, [SIGKILL, SIGSEGV, SIGTERM, 0])
  func `the error names a member that dies, the others leave the barrier, and the next run is exact`(
    kind: TeamKind, signal: Int32
  ) async {
    await #expect(processExitsWith: .success) { [kind, signal] in
      inOwnProcess {
        let crew = try Crew(kind)
        for round in 0..<3 {
          for victim in 0..<kind.memberCount {
            let before = crew.team.workerPIDs
            let error = try crew.failure(of: .die(victim, signal, round))
            #expect(error.code == .died && error.worker == victim && error.pid == before[victim])
            #expect(error.termination == (signal == 0 ? .exited(code: 3) : .signaled(Int(signal))))
            #expect(error.range == Partition.blocks.range(ofPiece: victim, of: 100, workers: kind.workers))
            #expect(error.mayBeOutOfMemory == (signal == SIGKILL))
            #expect(error.additionalFailureCount == 0)
            // The other workers had to leave with the barrier's error.
            #expect(
              error.incompleteWorkers == Array(0..<kind.workers)
                && error.incompleteRanges(of: 100) == [0..<100])
            #expect(crew.team.workerPIDs[victim] == nil)
            try crew.expectNextRunIsExact()
            let kept = (0..<kind.memberCount).filter { crew.team.workerPIDs[$0] == before[$0] }
            #expect(kept == (0..<kind.memberCount).filter { $0 != victim })
          }
        }
      }
    }
  }

  @Test(arguments: [false, true])
  func `only the share of the dead member is dirty without a barrier`(includesCaller: Bool) async {
    await #expect(processExitsWith: .success) { [includesCaller] in
      inOwnProcess {
        let array = try SharedArray<Int>(shape: [10])
        let team = try WorkerTeam(workers: 3, includesCaller: includesCaller) { (worker, victim: Int) in
          for i in worker.partition(of: 10) {
            array[i] = 0
            if worker.index == victim { kill(getpid(), SIGKILL) }
            array[i] = i
          }
        }
        do throws(TeamError) {
          try team.run(1, timeout: longTime)
          Issue.record("it succeeded")
        } catch {
          #expect(
            error.incompleteWorkers == [1] && error.incompleteRanges(of: 10) == [4..<7]
              && error.range == 4..<7)
          #expect(array.toArray() == [0, 1, 2, 3, 0, 0, 0, 7, 8, 9])
        }
        try team.run(-1, timeout: longTime)
        #expect(array.toArray() == Array(0..<10))
      }
    }
  }

  @Test(arguments: TeamKind.all)
  func `the error with the lowest index is reported, others are counted, and no worker stays in the barrier`(
    kind: TeamKind
  ) async {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        let crew = try Crew(kind)
        for round in 0..<3 {
          for first in 0..<kind.workers {
            let error = try crew.failure(of: .fail(first, round))
            #expect(error.code == .threw && error.worker == first)
            #expect(error.pid == (first < kind.memberCount ? crew.team.workerPIDs[first] : currentProcess()))
            #expect(error.errorType == "Unexpected" && error.message == "Unexpected()")
            #expect(error.additionalFailureCount == kind.workers - 1 - first)
            #expect(error.incompleteWorkers == Array(0..<kind.workers))
            try crew.expectNextRunIsExact()
          }
        }
      }
    }
  }

  @Test(arguments: TeamKind.several, [SIGKILL, SIGTERM])
  func `members that die between runs are replaced without an error`(kind: TeamKind, signal: Int32) async {
    await #expect(processExitsWith: .success) { [kind, signal] in
      inOwnProcess {
        let crew = try Crew(kind)
        for round in 0..<10 {
          let before = crew.team.workerPIDs
          for (index, pid) in before.enumerated() where round == 9 || index == round % kind.memberCount {
            kill(pid_t(pid!), signal)
          }
          if round % 2 == 0 { sleepFor(milliseconds: 5) }
          try crew.expectNextRunIsExact()
          #expect(crew.team.workerPIDs != before)
        }
      }
    }
  }

  @Test(arguments: TeamKind.several)
  func `a time-out ends overdue members, and only those`(kind: TeamKind) async {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        let crew = try Crew(kind)
        for timeout in [Duration.zero, .milliseconds(-1), .milliseconds(50)] {
          let before = crew.team.workerPIDs
          let error = try crew.failure(of: .hang(0), timeout: timeout)
          #expect(error.code == .deadlineExceeded && error.worker == 0 && error.pid == before[0])
          #expect(error.termination == .signaled(9) && !error.mayBeOutOfMemory)
          #expect(error.incompleteWorkers.contains(0))
          // Members that had not started when time was up might have been killed, too.
          if timeout > .zero { #expect(crew.team.workerPIDs.dropFirst() == before.dropFirst()) }
          try crew.expectNextRunIsExact()
        }
      }
    }
  }

  @Test func `a member that waits for a lock no thread can release is killed and reported`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        // A lock that this process holds when the team is created.
        let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        unsafe pthread_mutex_init(lock, nil)
        unsafe pthread_mutex_lock(lock)
        let team = try WorkerTeam(workers: 3) { (worker, victim: Int) in
          if worker.index == victim { unsafe pthread_mutex_lock(lock) }
          try worker.barrier()
        }
        do throws(TeamError) {
          try team.run(1, timeout: longTime)
          Issue.record("it succeeded")
        } catch {
          #expect(error.code == .forkStalled && error.worker == 1 && error.termination == .signaled(9))
          #expect(!error.mayBeOutOfMemory)
        }
        try team.run(-1, timeout: longTime)
        unsafe lock.deallocate()
      }
    }
  }

  @Test func `a run waits for a stopped member until its time-out`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let crew = try Crew(TeamKind(workers: 2, includesCaller: false))
        kill(pid_t(crew.team.workerPIDs[1]!), SIGSTOP)
        let error = try crew.failure(of: .work, timeout: .milliseconds(300))
        #expect(error.code == .deadlineExceeded && error.worker == 1)
        try crew.expectNextRunIsExact()
        let stopped = crew.team.workerPIDs[0]!
        kill(pid_t(stopped), SIGSTOP)
        Thread.detachNewThread {
          sleepFor(milliseconds: 200)
          kill(pid_t(stopped), SIGCONT)
        }
        try crew.expectNextRunIsExact()
        #expect(crew.team.workerPIDs[0] == stopped)
      }
    }
  }

  @Test func `a team without its template continues until a member has to be replaced`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let crew = try Crew(TeamKind(workers: 2, includesCaller: false))
        let template = try #require(parentProcess(of: crew.team.workerPIDs[0]!))
        kill(pid_t(template), SIGKILL)
        #expect(waitUntil { [nil, "Z"].contains(processState(template)) })
        try crew.expectNextRunIsExact()
        let died = try crew.failure(of: .die(1, SIGKILL, 1))
        #expect(died.code == .died && died.worker == 1)
        for _ in 0..<2 {
          let error = try crew.failure(of: .work)
          #expect(error.code == .cannotStart && error.worker == 1)
        }
      }
    }
  }

  @Test func `a member that dies while the template is stopped is reported`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let crew = try Crew(TeamKind(workers: 2, includesCaller: false))
        let template = try #require(parentProcess(of: crew.team.workerPIDs[0]!))
        kill(pid_t(template), SIGSTOP)
        try crew.expectNextRunIsExact()
        let died = try crew.failure(of: .die(1, SIGSEGV, 1))
        #expect(died.code == .died && died.worker == 1)
        // Kernels before Linux 6.15 do not report to other processes how a process ended.
        #expect([.signaled(Int(SIGSEGV)), .unknown].contains(died.termination))
        #expect(try crew.failure(of: .work).code == .cannotStart)
      }
    }
  }

  @Test func `only the process that created a team can run it`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let crew = try Crew(TeamKind(workers: 2, includesCaller: false))
        let termination = try forkedChild {
          var code: CInt = 1
          do {
            var copy: Crew? = crew
            do throws(TeamError) { try copy!.team.run(.work) } catch {
              code = error.code == .foreignProcess ? 0 : 2
            }
            copy = nil
          }
          return code
        }
        #expect(termination == .exited(code: 0))
        try crew.expectNextRunIsExact()
      }
    }
  }

  @Test(arguments: [TeamKind(workers: 2, includesCaller: false), .init(workers: 2, includesCaller: true)])
  func `a process that the closure forks and that returns from it takes no part in the run`(kind: TeamKind)
    async
  {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        let words = try SharedWords()
        let team = try kind.team { (worker: TeamContext, number: Int) in
          if worker.index == number, forkByHand() == 0 {
            words[0] = (try? worker.barrier()) == nil ? 1 : 2
            return
          }
          sleepFor(milliseconds: 20)
          try worker.barrier()
          words.add(1, to: 10 + worker.index)
        }
        for number in 0..<2 {
          words[0] = 0
          do throws(TeamError) { try team.run(number, timeout: longTime) } catch {
            // The forked copy of the caller arrives here, with the state of its parent.
            _exit(error.code == .foreignProcess ? 0 : 1)
          }
          #expect(words.wait(for: 0) && words[0] == 1)
          while waitpid(-1, nil, WNOHANG) > 0 {}
        }
        try team.run(5, timeout: longTime)
        #expect(words[10] == 3 && words[11] == 3)
        #expect(waitUntil { waitpid(-1, nil, WNOHANG) == 0 })
      }
    }
  }

  @Test(arguments: [SIGKILL, SIGTERM])
  func `no member outlives the caller`(signal: Int32) async {
    await #expect(processExitsWith: .success) { [signal] in
      inOwnProcess {
        let words = try SharedWords()
        let parent = try startChild {
          let team = try? WorkerTeam(workers: 3) { worker in
            words[worker.index] = currentProcess()
            while true { sleepFor(milliseconds: 1000) }
          }
          words[3] = team.flatMap { parentProcess(of: $0.workerPIDs[0]!) } ?? 1
          try? team?.run()
          return 0
        }
        #expect((0..<4).allSatisfy { words.wait(for: $0) })
        kill(pid_t(parent.pid), signal)
        let hasEnded = try parent.ends()
        #expect(hasEnded)
        #expect(waitUntil { (0..<4).allSatisfy { [nil, "Z"].contains(processState(words[$0])) } })
      }
    }
  }
}

/// Returns the parent of a process.
func parentProcess(of pid: Int) -> Int? {
  let file = unsafe open("/proc/\(pid)/stat", O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return nil }
  defer { close(file) }
  var bytes = [UInt8](repeating: 0, count: 512)
  let count = unsafe read(file, &bytes, bytes.count)
  guard count > 0, let end = bytes[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
  return Int(String(decoding: bytes[(end + 1)..<count], as: UTF8.self).split(separator: " ")[1])
}
