// Four processes add one to a shared number, 100,000 times each: exact with a lock, not exact
// without one.
//
//   shared-counter [ADDITIONS]    the number of additions of each process; 100,000 by default

import Arguments
import SharedArrays

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count <= 1, let additions = Int(arguments.first ?? "100000"), additions > 0 else {
  fail("usage: shared-counter [ADDITIONS]    a positive number", code: 64)
}
do {
  try countWithClosures()
  for method in [StartMethod.fork, .spawn, .forkServer] { try countWithFunctions(method) }
} catch {
  // The error names the worker, its process, and the thrown error or the signal.
  fail("\(error)")
}

/// Counts in forked closures, which capture the shared objects.
func countWithClosures() throws {
  let counters = try SharedArray<Int>(shape: [2])
  let lock = try SharedMutex()
  let start = try SharedBarrier(parties: 4)
  try finish(
    (1...4).map { index in
      try WorkerProcess.start(name: "counter \(index)") {
        try start.wait()
        for _ in 0..<additions { try lock.withLock { counters[0] = successor(counters[0]) } }
        try start.wait()
        // A read, an addition and a write: a write of another process in between is lost.
        for _ in 0..<additions { counters[1] = successor(counters[1]) }
        return NoValue()
      }
    })
  print("closures: under a mutex", counters[0])
  print(
    "closures: without one", counters[1], "of", 4 * additions, "(any number up to that, different each time)")
}

/// Counts in named functions, which receive handles of the shared objects with every start method.
func countWithFunctions(_ method: StartMethod) throws {
  let job = Job(
    additions: additions, start: try SharedBarrier(parties: 4), lock: try SharedMutex(),
    array: try SharedArray<Int>(shape: [1]), value: try SharedValue(0), atomic: try SharedAtomic(0))
  try finish((1...4).map { try WorkerProcess.start(Count.self, job, name: "counter \($0)", method: method) })
  print(
    "\(method): under a mutex \(job.array[0]), a value with a lock \(try job.value.load()),",
    "an atomic integer \(job.atomic.load())")
}

func finish(_ workers: [WorkerProcess<NoValue>]) throws {
  for worker in workers { _ = try worker.result() }
}
