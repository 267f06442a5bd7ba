import Glibc
import SharedArrays

/// A worker kills itself at one input. The pool gives its chunk to another worker.
func recoverPool() throws {
  let calls = try SharedArray<Int>(shape: [64])
  let pool = try ClosurePool(workers: 2, collectsStatistics: true) { (number: Int) in
    let isFirstCall = calls.atomic(number).add(1) == 0
    if number == 29 && isFirstCall { kill(getpid(), SIGKILL) }
    return number * number
  }
  let before = pool.pool.workerPIDs
  let squares = try pool.map(0..<64, chunkSize: 8)
  say("the worker at input 29 was killed in the middle of 24..<32; the map continued")
  let twice = (0..<64).filter { calls[$0] == 2 }
  say("called twice: \(twice), the second time by another worker")
  Check.that(twice == Array(24...29), "only the inputs that the dead worker had started were repeated")
  Check.that(squares == (0..<64).map { $0 * $0 }, "all 64 results are exact")
  if let statistics = pool.pool.statistics {
    Check.that(
      statistics.deaths == 1 && statistics.retries == 1,
      "the statistics report \(statistics.deaths) death and \(statistics.retries) retry")
  }
  // The map does not wait for the respawned worker.
  for _ in 0..<1000 where pool.pool.workerPIDs.count < 2 { usleep(10_000) }
  let common = Set(pool.pool.workerPIDs).intersection(before)
  Check.that(pool.pool.workerPIDs.count == 2 && common.count == 1, "one of the two workers is new")

  // Without retries, the error reports the inputs that were not computed, and the pool continues.
  calls.fill(0)
  do {
    _ = try pool.map(0..<64, chunkSize: 8, retries: 0)
    Check.that(false, "the map should have failed")
  } catch {
    say("without retries: \(error)")
    Check.that(error.code == .died && error.range == 24..<32, "the error names the inputs")
  }
  calls.fill(1)
  Check.that(try pool.map(0..<64) == squares, "the pool still works")
  pool.shutdown()
}
