import Glibc
import Multiprocessing
import SharedArraysParallel
import SharedArraysSystem
import TestSupport
import Testing

// Each case sends this number of signals. KILLS=17000 swift test --filter RandomKillTests sends
// 100,000 and runs for hours.
private let kills = environmentNumber("KILLS", or: 150)

@Suite(.serialized, .timeLimit(.minutes(kills > 1000 ? 1440 : 2)))
struct RandomKillTests {
  /// The work of the workers in a call.
  enum Work: Codable, CaseIterable {
    /// Almost no work, so that workers are nearly always starting, claiming or ending.
    case claims
    /// Chunks that take a while.
    case chunks
    /// One chunk for each worker.
    case fixed

    var chunks: Int { self == .claims ? 2000 : self == .chunks ? 60 : 3 }

    func call() throws(WorkerError) -> [Int] {
      try run(chunks, workers: 3, self == .fixed ? .fixed : .claimed) { chunk in
        switch self {
        case .claims: break
        case .chunks: usleep(200)
        case .fixed: usleep(3000)
        }
        return chunk.index * 3
      }
    }
  }

  @Test(arguments: Work.allCases, [[SIGKILL], [SIGKILL, SIGKILL, SIGSEGV, SIGABRT, SIGTERM, SIGSTOP]])
  func `every call is exact or a typed error while workers are killed at random`(work: Work, signals: [Int32])
    async
  {
    await #expect(processExitsWith: .success) { [work, signals] in
      inOwnProcess {
        if kills > 1000 { alarm(0) }
        let words = try SharedWords()
        let parent = currentProcess()
        let killer = try startChild { killChildren(of: parent, with: signals, words) }
        var (calls, failures) = (0, 0)
        // A slow machine might send fewer signals.
        let end = Deadline(after: kills > 1000 ? nil : .seconds(45))
        while words[0] < kills, !end.hasPassed {
          calls += 1
          do throws(WorkerError) {
            let results = try work.call()
            if results != (0..<work.chunks).map({ $0 * 3 }) {
              Issue.record("call \(calls) has wrong results")
              break
            }
          } catch {
            if !isPlausible(error, signals) {
              Issue.record("call \(calls) failed with \(error)")
              break
            }
            failures += 1
          }
        }
        killer.kill()
        #expect(failures > 0)
      }
    }
  }
}

/// Returns whether an error is one that a killed worker has to cause.
private func isPlausible(_ error: WorkerError, _ signals: [Int32]) -> Bool {
  guard error.code == .died, case .signaled(let signal) = error.termination else { return false }
  guard signals.contains(Int32(signal)), (0..<3).contains(error.worker), error.pid != nil else {
    return false
  }
  // A worker that is killed after its last chunk leaves no work undone. The chunk of any other
  // worker is unfinished.
  guard let range = error.range else { return true }
  return error.unfinishedRanges.contains {
    $0.contains(range.lowerBound) && $0.upperBound >= range.upperBound
  }
}

/// Kills other children of `parent` at random moments, forever, in a child of its own. A stopped
/// child is continued after a while.
private func killChildren(of parent: Int, with signals: [Int32], _ words: SharedWords) -> CInt {
  let own = currentProcess()
  var dice = Dice(state: UInt64(own))
  var lowest = 1
  while true {
    let victims = processTable(from: lowest).filter {
      $0.parent == parent && $0.pid != own && $0.isAlive
    }
    // The numbers of new processes increase, except when they wrap around to the lowest ones.
    lowest = victims.first?.pid ?? 1
    usleep(UInt32(dice.roll(1500)))
    guard !victims.isEmpty else { continue }
    let victim = pid_t(victims[dice.roll(victims.count)].pid)
    let signal = signals[dice.roll(signals.count)]
    if kill(victim, signal) == 0 { words.add(1, to: 0) }
    if signal == SIGSTOP {
      usleep(500)
      kill(victim, SIGCONT)
    }
    // Occasionally give the next call a chance to succeed.
    usleep(UInt32(dice.roll(4) * 1000))
  }
}
