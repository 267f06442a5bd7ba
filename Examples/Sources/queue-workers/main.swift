// The queue of tasks of the tutorial of Python's multiprocessing: four workers take tasks out of it until there are none.
//
//   queue-workers [ROUNDS]    how often the 30 tasks are put in; once unless given
//
// The tutorial puts four sentinels in at the end, one for each worker to find. Here the queue is closed: each worker takes what
// is left, and its loop ends.

import Arguments
import SharedArrays

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count <= 1, let rounds = Int(arguments.first ?? "1"), rounds > 0 else {
  fail("usage: queue-workers [ROUNDS]    a number from 1 on", code: 64)
}
do {
  // A closure captures the queue.
  try run("closures") { tasks, index in
    try WorkerProcess.start(name: "worker \(index)") { try work(through: tasks) }
  }
  // A named function gets it as its argument.
  for method in [StartMethod.fork, .spawn, .forkServer] {
    try run("\(method)") { tasks, index in
      try WorkerProcess.start(Work.self, tasks, name: "worker \(index)", method: method)
    }
  }
} catch {
  fail("\(error)")
}

/// Starts four workers, lets them do all tasks, and adds up what they have made.
func run(
  _ title: String, start: (SharedQueue<Calculation>, Int) throws -> WorkerProcess<Sum>
) throws {
  let tasks = try SharedQueue<Calculation>(capacity: 8)
  let workers = try (1...4).map { try start(tasks, $0) }
  for _ in 0..<rounds {
    // The queue is shorter than the list: put waits while it is full, and not for ever, should all workers have died.
    for i in 0..<20 { try tasks.put(.multiply(i, 7), timeout: .seconds(30)) }
    for i in 0..<10 { try tasks.put(.add(i, 8), timeout: .seconds(30)) }
  }
  tasks.close()
  let sums = try workers.map { try $0.result() }
  print(
    "\(title): \(sums.reduce(0) { $0 + $1.count }) tasks by \(sums.count) workers,",
    "total \(sums.reduce(0) { $0 + $1.total })")
}
