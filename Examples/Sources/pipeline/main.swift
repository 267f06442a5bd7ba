// A producer, four workers and a collector, one process each, over two queues: squares of 0 to 9,999, added up.
//
//   pipeline           the sum is exact
//   pipeline --kill    the same; halfway, a worker is killed by SIGKILL: the others do the rest, and what is lost has a name

import Arguments
import SharedArrays

let count = 10_000
let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.isEmpty || arguments == ["--kill"] else { fail("usage: pipeline [--kill]", code: 64) }

do {
  // Consumers say when they are done with an item, so that it is known what a dead one had taken.
  let numbers = try SharedQueue<Int>(capacity: 64, tracksItems: true)
  let squares = try SharedQueue<Square>(capacity: 64)
  let isHalfway = try SharedEvent()

  // A process that waits for one that has died gives up, and is told of by an error.
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
    guard isHalfway.wait(timeout: patience) else { fail("not halfway after \(patience)") }
    workers[1].kill()
  }

  // Each stage ends when the one before it has: then its queue is closed.
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

/// Tells what has arrived, and names what has not.
func report(
  _ received: Received, _ numbers: SharedQueue<Int>, _ squares: SharedQueue<Square>
) throws {
  let missing = received.missing
  print("\(received.arrived) of \(count) arrived, sum \(received.sum), missing \(missing)")
  let expected = (0..<count).reduce(0) { $0 + $1 * $1 } - missing.reduce(0) { $0 + $1 * $1 }
  print(received.sum == expected ? "all that arrived is exact" : "the sum should be \(expected)")

  // Taken out of the first queue, and not said to be done.
  do throws(QueueError) { try numbers.join() } catch { print(error) }
  // In the hands of a process at the instant of its death, between a queue's cell and its own memory.
  for item in try numbers.losses() + squares.losses() {
    print("a \(item.role) died with item number \(item.number), process \(item.pid)")
  }
}
