import Glibc
import Multiprocessing
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

/// `PARENT_DEATHS` in the environment sets the number of parents that die, per start method.
private let deaths = environmentNumber("PARENT_DEATHS", or: 40)
/// `PROCESS_STORM` sets the number of processes that are started and killed.
private let storm = environmentNumber("PROCESS_STORM", or: 300)
/// `SERVER_KILLS` sets the number of fork servers that are killed.
private let serverKills = environmentNumber("SERVER_KILLS", or: 20)

@Suite(.serialized, .timeLimit(.minutes(30)))
struct WorkerDeathOfParentTests {
  @Test(arguments: [.fork, .spawn, .forkServer] as [StartMethod])
  func `no worker outlives its parent, for any signal at any moment`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      alarm(0)
      var dice = Dice(state: 7)
      for round in 0..<deaths {
        let parent = try startChild {
          setpgid(0, 0)
          while true {
            // Workers that start, work, are idle and end, all at once.
            let workers = try? (0..<3).map { try WorkerProcess.start(Sleep.self, $0 * 7, method: method) }
            _ = try? workers?.last?.join()
          }
        }
        usleep(UInt32(dice.roll(method == .fork ? 15_000 : 60_000)))
        let signals = [SIGKILL, SIGTERM, SIGINT, SIGHUP]
        kill(pid_t(parent.pid), signals[round % signals.count])
        let hasEnded = try parent.ends()
        #expect(hasEnded)
        let left = waitUntil { processTable().allSatisfy { $0.group != parent.pid || !$0.isAlive } }
        #expect(left, "a worker is still alive after round \(round)")
      }
    }
  }

  @Test(arguments: [.fork, .spawn, .forkServer] as [StartMethod])
  func `starting and killing many processes leaves nothing behind`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        alarm(0)
        var dice = Dice(state: 3)
        for _ in 0..<storm / 10 {
          let workers = try (0..<10).map { _ in try WorkerProcess.start(Sleep.self, 60_000, method: method) }
          usleep(UInt32(dice.roll(2_000)))
          for worker in workers.shuffled() { worker.kill() }
          for worker in workers {
            #expect(processError { try worker.result() }?.termination == .signaled(9))
          }
        }
        #expect(CurrentProcess.children.isEmpty)
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a fork server that is killed is replaced, and its workers continue`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        alarm(0)
        for _ in 0..<serverKills {
          let before = try WorkerProcess.start(Sleep.self, 30, method: .forkServer)
          let server = try #require(CurrentProcess.forkServer)
          kill(pid_t(server), SIGKILL)
          let after = try WorkerProcess.start(Cube.self, 5, method: .forkServer)
          #expect(try after.result() == 125)
          #expect(try before.result() == 30)
          #expect(CurrentProcess.forkServer != server)
        }
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `children that the application reaps or ignores lose no result`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        signal(SIGCHLD, SIG_IGN)
        #expect(
          try (1...20).map { try WorkerProcess.start(Cube.self, $0, method: .fork).result() }.last == 8000)
        #expect(try WorkerProcess.start(Cube.self, 3, method: .spawn).result() == 27)
        let killed = try WorkerProcess.start(Sleep.self, 60_000, method: .fork)
        killed.kill()
        let error = processError { try killed.result() }
        #expect(error?.code == .died && [.signaled(9), .unknown].contains(error?.termination))
        signal(SIGCHLD, SIG_DFL)
        let process = try WorkerProcess.start(Cube.self, 4, method: .fork)
        while waitpid(-1, nil, 0) > 0 {}
        #expect(try process.result() == 64)
      }
    }
  }
}
