import Glibc
import Multiprocessing
import SharedArraysLocks
import SharedArraysSystem
import SharedArraysTransfer
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(3)))
struct WaitingForMixturesTests {
  @Test(arguments: [false, true])
  func `any object of a mixture ends the wait, also without kernel waits on several words`(lacksCall: Bool)
    async
  {
    await #expect(processExitsWith: .success) { [lacksCall] in
      inOwnProcess {
        let (here, there) = try Connection.pair()
        let queue = try SharedQueue<Int>(capacity: 2)
        let event = try SharedEvent()
        let worker = try WorkerProcess<NoValue>.start { while true { pause() } }
        let all: [any Waitable] = [worker, here, queue, event]
        let acts: [@Sendable () -> Void] = [
          { worker.kill() }, { try? there.send(1) }, { try? queue.put(1) }, { event.set() },
        ]
        func wait(_ timeout: Duration) throws -> Int? {
          if !lacksCall { return try waitAny(all, timeout: timeout) }
          return try FaultInjection.failing("futex_waitv", with: ENOSYS, forEver: true) {
            try waitAny(all, timeout: timeout)
          }
        }
        #expect(try wait(.milliseconds(70)) == nil)
        for index in acts.indices.reversed() {
          onThread {
            usleep(30_000)
            acts[index]()
          }
          #expect(try wait(.seconds(30)) == index)
          if index == 3 { event.clear() }
          if index == 2 { _ = try queue.get() }
          if index == 1 { _ = try here.receive(Int.self) }
        }
        #expect(try wait(.seconds(30)) == 0)
        try worker.join()
      }
    }
  }

  @Test func `a wait for more words than the kernel supports ends with the last of them`() throws {
    let events = try (0..<300).map { _ in try SharedEvent() }
    #expect(try waitAny(events, timeout: .milliseconds(40)) == nil)
    onThread {
      usleep(30_000)
      events[299].set()
    }
    #expect(try waitAny(events, timeout: .seconds(30)) == 299)
  }

  @Test(arguments: [true, false])
  func `a wait finds what a killed process has completed, and nothing else`(isQueue: Bool) async {
    await #expect(processExitsWith: .success) { [isQueue] in
      inOwnProcess {
        let queue = try SharedQueue<Int>(capacity: 4, participants: 8)
        let event = try SharedEvent()
        let counts = try SharedWords()
        var (dice, found) = (Dice(state: 9), 0)
        for round in 1...200 {
          var setter = try startChild {
            counts[0] = round
            while counts[1] != round { spinPause() }
            if isQueue { try? queue.put(round) } else { event.set() }
            while true { pause() }
          }
          #expect(waitUntil { counts[0] == round }, "round \(round)")
          // On a busy machine the setter is not running when it may begin, and needs longer.
          let longest = found > 0 ? 40 : 40 * round
          onThread { [pid = pid_t(setter.pid), delay = UInt32(dice.roll(longest))] in
            counts[1] = round
            if delay > 0 { usleep(delay) }
            kill(pid, SIGKILL)
          }
          let end: [any Waitable] = [queue, event]
          let first = try waitAny(end, timeout: .milliseconds(5))
          let hasEnded = try setter.ends()
          let ending = try setter.reap()
          #expect(hasEnded && ending == .signaled(Int(SIGKILL)), "round \(round): \(ending)")
          // This call finds what was there when the setter died, if the first call did not.
          let index = try first ?? waitAny(end, timeout: .zero)
          let item = try queue.tryGet()
          let state =
            "round \(round): first \(first, default: "nil"), index \(index, default: "nil"), "
            + "item \(item, default: "nil"), set \(event.isSet)"
          #expect(isQueue ? index == (item == nil ? nil : 0) : index == (event.isSet ? 1 : nil), "\(state)")
          #expect(item == nil || item == round, "\(state)")
          if index != nil { found += 1 }
          event.clear()
        }
        #expect(found > 0, "no round of 200 ended with an item or an event")
      }
    }
  }

  @Test func `killed waiters do not affect the queue and its other waiters`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let queue = try SharedQueue<Int>(capacity: 4, participants: 8)
        let event = try SharedEvent()
        var dice = Dice(state: 10)
        let counts = try SharedWords()
        for round in 1...200 {
          var waiter = try startChild {
            counts[0] = round
            while true { _ = try? waitAny([event, queue], timeout: .milliseconds(20)) }
          }
          #expect(waitUntil { counts[0] == round })
          usleep(UInt32(dice.roll(200)))
          if round % 2 == 0 { try queue.put(round) }
          waiter.signal(9)
          let hasEnded = try waiter.ends()
          #expect(hasEnded && waiter.reap() == .signaled(9))
          if round % 2 == 1 { onThread { try? queue.put(round) } }
          #expect(try waitAny([event, queue], timeout: .seconds(20)) == 1)
          #expect(try queue.get(timeout: .zero) == round)
        }
        #expect(queue.isEmpty && queue.lostCount == 0)
      }
    }
  }
}
