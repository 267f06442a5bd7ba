import Glibc
import Multiprocessing
import SharedArraysMemory
import SharedArraysSystem
import Synchronization
import TestSupport
import Testing

// SAFETY: the path is null-terminated for the call.

private func isAlive(_ pid: Int) -> Bool { processState(pid).map { $0 != "Z" && $0 != "X" } ?? false }

/// Unexpected uses of a pool.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct PoolMisuseTests {
  private static let methods: [StartMethod] = [.fork, .spawn, .forkServer]

  @Test func `work that is cancelled by many threads at once is done or cancelled`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        let wrong = Atomic(0)
        onThreads(8) { thread in
          for round in 0..<20 {
            guard let futures = try? (0..<100).map({ try pool.submit(Cube.self, $0) }) else {
              wrong.add(1, ordering: .relaxed)
              return
            }
            let dropped = futures.shuffled().prefix(50 + round).map { $0.cancel() }
            for (number, future) in futures.enumerated() {
              do throws(PoolError) {
                if try future.result() != number * number * number { wrong.add(1, ordering: .relaxed) }
              } catch {
                if error.code != .cancelled { wrong.add(1, ordering: .relaxed) }
              }
            }
            _ = dropped
          }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
        #expect(try pool.map(Cube.self, 0..<100) == (0..<100).map { $0 * $0 * $0 })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  /// The action of a completion handler.
  enum Deed: Codable, CaseIterable {
    case map, mapWithDeath, timedOut, shutdown, kill, resize, ordered, unordered, firstCompleted
  }

  @Test(arguments: Deed.allCases)
  func `a completion handler can use its pool like any other code`(deed: Deed) async {
    await #expect(processExitsWith: .success) { [deed] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        let called = Atomic(0)
        let right = Atomic(0)
        let futures = try (0..<200).map { try pool.submit(Sleep.self, $0 % 3) }
        for future in futures {
          future.onCompletion {
            called.add(1, ordering: .relaxed)
            let isRight: Bool =
              switch deed {
              case .map: (try? pool.map(Spell.self, 0..<30)) == (0..<30).map { String($0) }
              case .mapWithDeath: code { try pool.map(Die.self, [9], retries: 0) } == .died
              case .timedOut:
                code { try pool.map(Sleep.self, [5000], timeout: .milliseconds(5)) } == .deadlineExceeded
              case .ordered:
                (try? pool.mapOrdered(Spell.self, 0..<30, chunkSize: 3).results.map { try $0.get() })
                  == (0..<30).map { String($0) }
              case .unordered:
                (try? pool.mapUnordered(Cube.self, 0..<30, chunkSize: 3).results.map { try $0.get() }.sorted())
                  == (0..<30).map { $0 * $0 * $0 }
              case .firstCompleted:
                (try? (0..<3).map { try pool.submit(Sleep.self, 1 + $0) }).flatMap { firstCompleted($0) }
                  != nil
              case .resize: (try? pool.resize(to: Int.random(in: 1...4))) != nil
              case .shutdown:
                {
                  pool.shutdown()
                  return true
                }()
              case .kill:
                {
                  pool.kill()
                  return true
                }()
              }
            if isRight { right.add(1, ordering: .releasing) }
          }
        }
        #expect(
          waitUntil(within: .seconds(60)) { right.load(ordering: .acquiring) == 200 },
          "\(called.load(ordering: .relaxed)) handlers were called")
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: methods)
  func `a pool works when the standard descriptors are closed`(method: StartMethod) async {
    await #expect(processExitsWith: .exitCode(0)) { [method] in
      alarm(60)
      for number in 0..<3 { close(CInt(number)) }
      let pool = try ProcessPool(workers: 2, startMethod: method)
      guard try pool.map(Cube.self, 0..<1000) == (0..<1000).map({ $0 * $0 * $0 }) else { exit(1) }
      guard try pool.map(Spell.self, 0..<100) == (0..<100).map({ String($0) }) else { exit(2) }
      guard code({ try pool.map(Die.self, [9], retries: 0) }) == .died else { exit(3) }
      guard try pool.map(Cube.self, 0..<1000) == (0..<1000).map({ $0 * $0 * $0 }) else { exit(4) }
      pool.shutdown()
      exit(0)
    }
  }

  @Test(arguments: methods)
  func `a pool works when SIGCHLD is ignored`(method: StartMethod) async {
    await #expect(processExitsWith: .exitCode(0)) { [method] in
      alarm(60)
      signal(SIGCHLD, SIG_IGN)
      let pool = try ProcessPool(workers: 2, startMethod: method)
      for _ in 0..<5 {
        guard try pool.map(Cube.self, 0..<1000) == (0..<1000).map({ $0 * $0 * $0 }) else { exit(1) }
        guard code({ try pool.map(Die.self, [9], retries: 0) }) == .died else { exit(2) }
      }
      let pids = pool.workerPIDs
      pool.shutdown()
      exit(pids.contains { isAlive($0) } ? 3 : 0)
    }
  }

  @Test(arguments: methods)
  func `a process forked by a pool's owner can neither use nor harm the pool`(method: StartMethod) async {
    await #expect(processExitsWith: .exitCode(0)) { [method] in
      alarm(60)
      let pool = try ProcessPool(workers: 2, startMethod: method)
      let future = try pool.submit(Sleep.self, 100)
      for way in 0..<4 {
        let child = forkByHand() ?? -1
        if child == 0 {
          if way == 1 {
            _exit(
              [code { try pool.submit(Cube.self, 1) }, code { try future.result() }] == [
                .foreignProcess, .foreignProcess,
              ]
                ? 0 : 1)
          }
          if way == 2 {
            pool.shutdown(wait: false)
            pool.kill()
          }
          if way == 3 { exit(0) }
          _exit(0)
        }
        var status: CInt = -1
        guard waitpid(child, &status, 0) == child, status == 0 else { exit(10 + CInt(way)) }
        guard try pool.map(Cube.self, 0..<1000) == (0..<1000).map({ $0 * $0 * $0 }) else { exit(1) }
      }
      guard try future.result() == 100 else { exit(2) }
      pool.shutdown()
      exit(0)
    }
  }

  @Test(arguments: methods, [false, true])
  func `workers end when their program is killed but a fork of it lives, or executes another program`(
    method: StartMethod, executes: Bool
  ) async {
    let file = "/tmp/sharedarrays-tests-misuse-\(getpid())-\(method)"
    await #expect(processExitsWith: executes ? .exitCode(0) : .signal(SIGKILL)) {
      [method, executes, file = file as String] in
      let pool = try ProcessPool(workers: 2, startMethod: method)
      _ = try pool.map(Cube.self, 0..<100)
      let text = pool.workerPIDs.map { String($0) }.joined(separator: " ")
      let output = open(file, O_CREAT | O_TRUNC | O_WRONLY, 0o600)
      write(output, text, text.utf8.count)
      close(output)
      if executes {
        let words = [strdup("true"), nil]
        execv("/bin/true", words)
        exit(1)
      }
      if forkByHand() == 0 {
        for number in 0..<3 { close(CInt(number)) }
        sleep(4)
        _exit(0)
      }
      kill(getpid(), SIGKILL)
    }
    let pids = (readSmallFile(file) ?? "").split(separator: " ").compactMap { Int($0) }
    unsafe unlink(file)
    #expect(pids.count == 2)
    #expect(waitUntil(within: .seconds(3)) { !pids.contains { isAlive($0) } })
  }
}
