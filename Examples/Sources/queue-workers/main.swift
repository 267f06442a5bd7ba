// The task queue of the Python multiprocessing tutorial: four workers take tasks until the queue is
// closed and empty.
//
//   queue-workers [ROUNDS]    the number of times the 30 tasks are put into the queue; 1 by default
//
// The tutorial puts four sentinels into the queue at the end, one per worker. Here the queue is
// closed: the workers take the remaining tasks, and their loops end.

import Arguments
import SharedArrays

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count <= 1, let rounds = Int(arguments.first ?? "1"), rounds > 0 else {
  fail("usage: queue-workers [ROUNDS]    a positive number", code: 64)
}
do {
  // A closure captures the queue.
  try run("closures") { tasks, index in
    try WorkerProcess.start(name: "worker \(index)") { try work(through: tasks) }
  }
  // A named function receives the queue as its argument.
  for method in [StartMethod.fork, .spawn, .forkServer] {
    try run("\(method)") { tasks, index in
      try WorkerProcess.start(Work.self, tasks, name: "worker \(index)", method: method)
    }
  }
} catch {
  fail("\(error)")
}

/// Starts four workers, puts all tasks into the queue, and prints the total of the results.
func run(
  _ title: String, start: (SharedQueue<Calculation>, Int) throws -> WorkerProcess<Sum>
) throws {
  let tasks = try SharedQueue<Calculation>(capacity: 8)
  let workers = try (1...4).map { try start(tasks, $0) }
  for _ in 0..<rounds {
    // The queue is shorter than the list, so `put` waits while the queue is full. The time-out ends
    // the wait if all workers have died.
    for i in 0..<20 { try tasks.put(.matmul(i, 7), timeout: .seconds(30)) }
    for i in 0..<10 { try tasks.put(.add(i, 8), timeout: .seconds(30)) }
  }
  tasks.close()
  let sums = try workers.map { try $0.result() }
  print(
    "\(title): \(sums.reduce(0) { $0 + $1.count }) tasks by \(sums.count) workers,",
    "total \(sums.reduce(0) { $0 + $1.total })")
}
