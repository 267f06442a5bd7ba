import Glibc
import Multiprocessing
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

/// `QUEUE_CLOSES` in the environment sets how often a queue is closed.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct SharedQueueCloseTests {
  @Test(arguments: [1, 2, 100], [1, 3])
  func `a queue closed at any moment returns all its items, and every process finds its end`(
    capacity: Int, batch: Int
  ) async {
    await #expect(processExitsWith: .success) { [capacity, batch] in
      inOwnProcess {
        var dice = Dice(state: UInt64(capacity))
        for round in 0..<environmentNumber("QUEUE_CLOSES", or: 30) {
          let queue = try SharedQueue<Int>(capacity: capacity)
          // The sums of items put and taken, and the number of processes that have started.
          let words = try SharedWords()
          let delay = dice.roll(2_000)
          let ended = try forkedChildren(4) {
            let role = words.add(1, to: 2) % 2
            while true {
              do throws(QueueError) {
                if role == 0 {
                  let items = [Int](repeating: 3, count: batch)
                  let count = try queue.put(contentsOf: items, timeout: .seconds(15))
                  // The deadline has passed.
                  if count == 0 { return 2 }
                  words.add(3 * count, to: 0)
                } else {
                  words.add(try queue.get(timeout: .seconds(15)), to: 1)
                }
              } catch { return error.code == .closed ? 0 : 1 }
            }
          } meanwhile: {
            #expect(waitUntil { words[2] == 4 })
            usleep(UInt32(delay))
            queue.close()
          }
          #expect(ended.allSatisfy { $0 == .exited(code: 0) }, "round \(round)")
          #expect(words[0] == words[1] && queue.isEmpty, "round \(round)")
          #expect(try queue.losses().isEmpty)
        }
      }
    }
  }
}
