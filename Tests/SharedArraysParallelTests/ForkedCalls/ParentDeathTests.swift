import Glibc
import Multiprocessing
import SharedArraysParallel
import SharedArraysSystem
import TestSupport
import Testing

/// The ways in which a process ends while its workers are working.
enum ParentEnd: Codable, Hashable, CaseIterable {
  case kill, terminate, interrupt, hangUp
  /// The process ends itself, on another thread than the one that waits for the workers.
  case exit, immediateExit, abort

  /// The signal from outside that ends the process, if any.
  var signal: CInt? {
    switch self {
    case .kill: SIGKILL
    case .terminate: SIGTERM
    case .interrupt: SIGINT
    case .hangUp: SIGHUP
    case .exit, .immediateExit, .abort: nil
    }
  }

  func happen() {
    switch self {
    case .exit: Glibc.exit(0)
    case .immediateExit: _exit(0)
    case .abort: Glibc.abort()
    default: break
    }
  }
}

@Suite(.serialized, .timeLimit(.minutes(2)))
struct ParentDeathTests {
  @Test(arguments: ParentEnd.allCases, Sharing.allCases)
  func `no worker outlives its parent`(end: ParentEnd, sharing: Sharing) async {
    await #expect(processExitsWith: .success) { [end, sharing] in
      inOwnProcess {
        let words = try SharedWords()
        let parent = try startChild {
          setpgid(0, 0)
          if end.signal == nil {
            onThread {
              _ = waitUntil { (1...3).allSatisfy { words[$0] != 0 } }
              end.happen()
            }
          }
          _ = try? run(3, workers: 3, sharing, timeout: nil) { chunk in
            words[1 + chunk.index] = currentProcess()
            return sleepLong()
          }
          return 0
        }
        #expect((1...3).allSatisfy { words.wait(for: $0) })
        if let signal = end.signal {
          #expect(aliveProcesses(inGroup: parent.pid).count == 4)
          kill(pid_t(parent.pid), signal)
        }
        let hasEnded = try parent.ends()
        #expect(hasEnded)
        #expect(waitUntil { aliveProcesses(inGroup: parent.pid).isEmpty })
      }
    }
  }

  @Test func `no worker outlives a parent killed at a random moment of consecutive calls`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        var dice = Dice(state: UInt64(currentProcess()))
        for _ in 0..<60 {
          let parent = try startChild {
            setpgid(0, 0)
            while true {
              _ = try? run(6, workers: 3, timeout: nil) { chunk in
                usleep(500)
                return chunk.index
              }
            }
          }
          usleep(UInt32(dice.roll(20_000)))
          parent.kill()
          let hasEnded = try parent.ends()
          #expect(hasEnded)
          #expect(waitUntil { aliveProcesses(inGroup: parent.pid).isEmpty })
        }
      }
    }
  }

  @Test func `no worker of a worker outlives the first parent`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let words = try SharedWords()
        let parent = try startChild {
          setpgid(0, 0)
          _ = try? run(2, workers: 2, .fixed, timeout: nil) { outer in
            try run(2, workers: 2, .fixed, timeout: nil) { inner in
              words[1 + outer.index * 2 + inner.index] = currentProcess()
              return sleepLong()
            }.count
          }
          return 0
        }
        #expect((1...4).allSatisfy { words.wait(for: $0) })
        #expect(aliveProcesses(inGroup: parent.pid).count == 7)
        parent.kill()
        #expect(waitUntil { aliveProcesses(inGroup: parent.pid).isEmpty })
      }
    }
  }
}

private func aliveProcesses(inGroup group: Int) -> [ProcessEntry] {
  processTable().filter { $0.group == group && $0.isAlive }
}
