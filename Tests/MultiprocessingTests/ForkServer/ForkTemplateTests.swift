import Glibc
import Multiprocessing
import SharedArraysSystem
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct ForkTemplateTests {
  @Test func `workers have the client's state at the fork of the template, not its current state`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let words = try SharedWords()
        let box = Box(7)
        let template = try ForkTemplate(name: "crew") { number in
          words[number] = box.value
          words[10 + number] = currentProcess()
          words[20 + number] = CurrentProcess.name == "crew-\(number)" ? 1 : 0
        }
        box.value = 8
        for number in 1...3 {
          let worker = try template.start(number)
          #expect(worker.ends(until: Deadline(after: .seconds(10))))
          #expect(worker.termination == .exited(code: 0) && worker.failure == nil)
          #expect(words[number] == 7)
          #expect(words[10 + number] == worker.pid)
          #expect(words[20 + number] == 1)
        }
      }
    }
  }

  @Test(arguments: [SIGKILL, SIGSEGV, SIGTERM, 0])
  func `the end of a worker is reported at once, leaves no zombie, and allows a replacement`(signal: Int32)
    async
  {
    await #expect(processExitsWith: .success) { [signal] in
      inOwnProcess {
        let words = try SharedWords()
        let template = try ForkTemplate(name: "crew") { number in
          words[number] = 1
          if signal == 0, number == 1 { _exit(42) }
          while true { sleepFor(milliseconds: 1000) }
        }
        for _ in 0..<5 {
          words[1] = 0
          let (first, second) = (try template.start(1), try template.start(2))
          #expect(words.wait(for: 1))
          if signal != 0 { kill(pid_t(first.pid), signal) }
          #expect(first.ends(until: Deadline(after: .seconds(10))))
          #expect(first.termination == (signal == 0 ? .exited(code: 42) : .signaled(Int(signal))))
          #expect(first.failure?.code == .died)
          #expect(second.termination == nil)
          second.kill()
          #expect(second.ends(until: Deadline(after: .seconds(10))))
          #expect(processTable().allSatisfy { $0.parent != template.pid })
        }
      }
    }
  }

  @Test func `an error that the work throws is reported with its type and text`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let template = try ForkTemplate(name: "crew") { throw BadRow(number: $0) }
        let worker = try template.start(3)
        #expect(worker.ends(until: Deadline(after: .seconds(10))))
        let failure = try #require(worker.failure)
        #expect(failure.code == .threw && failure.name == "crew-3" && failure.pid == worker.pid)
        #expect(failure.errorType == "BadRow" && failure.message == "Row 3 has no value.")
      }
    }
  }

  @Test func `the workers of a killed template continue, and it starts no more`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let words = try SharedWords()
        let template = try ForkTemplate(name: "crew") { number in
          while words[number] == 0 { sleepFor(milliseconds: 1) }
        }
        let workers = [try template.start(1), try template.start(2)]
        kill(pid_t(template.pid), SIGKILL)
        #expect(waitUntil { [nil, "Z"].contains(processState(template.pid)) })
        let error = processError { _ = try template.start(3) }
        #expect(error?.code == .cannotStart)
        #expect(error?.message == "the template process that forks it has ended")
        #expect(workers.allSatisfy { $0.termination == nil })
        words[1] = 1
        #expect(workers[0].ends(until: Deadline(after: .seconds(10))))
        workers[1].kill()
        #expect(workers[1].ends(until: Deadline(after: .seconds(10))))
        // Kernels before Linux 6.15 do not report how a process ended to processes other than its
        // parent.
        #expect([.exited(code: 0), .unknown].contains(workers[0].termination))
        #expect([.signaled(9), .unknown].contains(workers[1].termination))
        #expect(workers.allSatisfy { [nil, "Z"].contains(processState($0.pid)) })
      }
    }
  }

  @Test(arguments: [SIGKILL, SIGTERM], [true, false])
  func `neither template nor workers outlive their client`(signal: Int32, templateDiesFirst: Bool) async {
    await #expect(processExitsWith: .success) { [signal, templateDiesFirst] in
      inOwnProcess {
        let words = try SharedWords()
        let client = try startChild {
          setpgid(0, 0)
          let template = try? ForkTemplate(name: "crew") { number in
            words[number] = currentProcess()
            while true { sleepFor(milliseconds: 1000) }
          }
          let workers = (1...3).map { try? template?.start($0) }
          words[10] = template?.pid ?? 1
          while workers.count == 3 { sleepFor(milliseconds: 1000) }
          return 0
        }
        #expect((1...3).allSatisfy { words.wait(for: $0) } && words.wait(for: 10))
        #expect(processTable().count { $0.group == client.pid && $0.isAlive } == 5)
        if templateDiesFirst { kill(pid_t(words[10]), SIGKILL) }
        kill(pid_t(client.pid), signal)
        let hasEnded = try client.ends()
        #expect(hasEnded)
        #expect(waitUntil { processTable().allSatisfy { $0.group != client.pid || !$0.isAlive } })
      }
    }
  }

  @Test func `the client leaks no descriptors, and a worker has none of the other workers'`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let words = try SharedWords()
        let termination = try forkedChild(within: .seconds(60)) {
          // Each process has one parent-death pipe, created at the first use.
          _ = try? ForkTemplate(name: "first") { _ in }
          let before = openDescriptors()
          do {
            let template = try ForkTemplate(name: "crew") { number in
              words[number] = openDescriptors()
              if number < 20 { while true { sleepFor(milliseconds: 1000) } }
            }
            let workers = try (1...20).map { try template.start($0) }
            guard workers[19].ends(until: Deadline(after: .seconds(10))) else { return 2 }
            for worker in workers.dropLast() {
              worker.kill()
              guard worker.ends(until: Deadline(after: .seconds(10))) else { return 3 }
            }
          } catch { return 4 }
          if waitpid(-1, nil, WNOHANG) != -1 || errno != ECHILD { return 5 }
          return openDescriptors() == before ? 0 : 6
        }
        #expect(termination == .exited(code: 0))
        #expect(words[1] > 0 && words[20] == words[1])
      }
    }
  }

  @Test(arguments: [1, 2])
  func `a template that does not start to run is forked once more`(stalls: Int) async {
    await #expect(processExitsWith: .success) { [stalls] in
      inOwnProcess {
        let words = try stallingChildren { $0 < stalls ? 600_000 : 0 }
        do throws(ProcessError) {
          let template = try ForkTemplate(name: "crew", startTimeout: .milliseconds(1500)) { words[10] = $0 }
          let worker = try template.start(5)
          #expect(worker.ends(until: Deadline(after: .seconds(10))))
          #expect(stalls == 1 && words[10] == 5)
        } catch {
          #expect(stalls == 2 && error.code == .forkStalled, "\(error)")
        }
      }
    }
  }
}

/// Private memory of a process.
private final class Box {
  var value: Int

  init(_ value: Int) { self.value = value }
}

private struct BadRow: Error, CustomStringConvertible {
  let number: Int
  var description: String { "Row \(number) has no value." }
}
