import Glibc
import SharedArraysCore
import SharedArraysParallel
import SharedArraysSystem
import TestSupport
import Testing

/// The number of members to kill, which `TEAM_KILLS` in the environment sets.
private let kills = environmentNumber("TEAM_KILLS", or: 200)

@Suite(.serialized, .timeLimit(.minutes(600)))
struct WorkerTeamKillTests {
  @Test(arguments: TeamKind.several)
  func `a run is exact or an error, and leaves nothing, at whatever instant members die`(kind: TeamKind)
    async
  {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        alarm(0)
        let rows = 64
        let (first, second) = (try SharedArray<Int>(shape: [rows]), try SharedArray<Int>(shape: [rows]))
        let totals = try SharedArray<Int>(shape: [kind.workers])
        let caller = currentProcess()
        var dice = UInt64(truncatingIfNeeded: monotonicNanoseconds())
        let team = try kind.team { (worker: TeamContext, order: InlineArray<3, Int>) in
          // The kernel kills a member some time later: in this run, in the next one, or between
          // them.
          if worker.index == order[1], currentProcess() != caller { endProcess(inMicroseconds: order[2]) }
          let share = worker.partition(of: rows)
          for i in share { first[i] = i * order[0] }
          try worker.barrier()
          var sum = 0
          for i in share {
            second[i] = first[rows - 1 - i] + 1
            sum += second[i]
          }
          totals[worker.index] = try worker.reduce(sum, +)
        }
        var seen = Set(team.workerPIDs.map { $0! })
        var (failed, run) = (0, 0)
        while seen.count < kind.memberCount + kills / TeamKind.several.count {
          run += 1
          dice = dice &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          let roll = Int(dice >> 33)
          // Only some runs have a victim. A run takes about 20 microseconds.
          let victim = roll % 3 == 0 ? roll / 3 % kind.memberCount : -1
          second.fill(-1)
          totals.fill(-1)
          do throws(TeamError) {
            try team.run([run, victim, 1 + roll / 100 % 400], timeout: longTime)
            let expected = (0..<rows).map { (rows - 1 - $0) * run + 1 }
            #expect(second.toArray() == expected, "in run \(run)")
            let total = expected.reduce(0, +)
            #expect(totals.toArray() == [Int](repeating: total, count: kind.workers), "in run \(run)")
          } catch {
            failed += 1
            #expect(error.code == .died && error.termination == .signaled(Int(SIGALRM)), "\(error)")
            #expect(!error.incompleteWorkers.isEmpty && team.workerPIDs[error.worker] == nil)
          }
          for case let pid? in team.workerPIDs { seen.insert(pid) }
        }
        #expect(failed > 0)
        withExtendedLifetime(team) {}
      }
    }
  }
}

/// Makes the kernel end this process by SIGALRM after a time.
private func endProcess(inMicroseconds time: Int) {
  var timer = itimerval()
  timer.it_value.tv_usec = time
  // SAFETY: `setitimer` reads only the structure that it is passed.
  unsafe setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
}
