// A producer, four workers and a collector, each a process, connected by two queues: the sum of the
// squares of 0 to 9,999.
//
//   pipeline           the sum is exact
//   pipeline --kill    kills a worker halfway by SIGKILL: the others do the rest, and lost items
//                      are reported

import Arguments
import SharedArrays

let count = 10_000
let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.isEmpty || arguments == ["--kill"] else { fail("usage: pipeline [--kill]", code: 64) }

do {
  // Consumers mark each item as done, so that the queue can report the items that a dead consumer
  // had taken.
  let numbers = try SharedQueue<Int>(capacity: 64, tracksItems: true)
  let squares = try SharedQueue<Square>(capacity: 64)
  let isHalfway = try SharedEvent()

  // The time-out after which a process that waits for a dead process throws an error.
  let patience = Duration.seconds(30)
  let producer = try WorkerProcess.start(name: "producer") {
    for number in 0..<count { try numbers.put(number, timeout: patience) }
    return count
  }
  let workers = try (1...4).map { index in
    try WorkerProcess.start(name: "worker \(index)") {
      for number in numbers {
        try squares.put(Square(of: number), timeout: patience)
        try numbers.markDone()
      }
      return NoValue()
    }
  }
  let collector = try WorkerProcess.start(name: "collector") {
    var received = Received(count)
    for square in squares {
      received.add(square)
      if received.arrived == count / 2 { isHalfway.set() }
    }
    return received
  }

  if arguments == ["--kill"] {
    guard isHalfway.wait(timeout: patience) else { fail("the work is not halfway done after \(patience)") }
    workers[1].kill()
  }

  // When a stage has finished, its queue is closed, which ends the next stage.
  _ = try producer.result()
  numbers.close()
  for worker in workers {
    do { _ = try worker.result() } catch {
      guard error.code == .died else { throw error }
      print(error)
    }
  }
  squares.close()
  try report(try collector.result(), numbers, squares)
} catch {
  fail("\(error)")
}

/// Prints the number of squares that have arrived, and the missing ones.
func report(
  _ received: Received, _ numbers: SharedQueue<Int>, _ squares: SharedQueue<Square>
) throws {
  let missing = received.missing
  print("\(received.arrived) of \(count) arrived, sum \(received.sum), missing \(missing)")
  let expected = (0..<count).reduce(0) { $0 + $1 * $1 } - missing.reduce(0) { $0 + $1 * $1 }
  print(received.sum == expected ? "all results that arrived are exact" : "the sum should be \(expected)")

  // Items that were taken from the first queue and not marked as done.
  do throws(QueueError) { try numbers.join() } catch { print(error) }
  // Items that a process was copying between a queue's cell and its own memory when it died.
  for item in try numbers.losses() + squares.losses() {
    print("a \(item.role) died while it held item number \(item.number), process \(item.pid)")
  }
}
