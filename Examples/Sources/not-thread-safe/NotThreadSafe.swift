// A C library that is not thread-safe: wrong in threads, no faster under a lock, correct and faster
// in processes.
//
//   not-thread-safe [PROBLEMS]    the number of oscillators; 128 by default

import Arguments
import Foundation
import SharedArrays

@main
enum NotThreadSafe {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count <= 1, let count = Int(arguments.first ?? "128"), (1...1_000_000).contains(count)
    else { fail("usage: not-thread-safe [PROBLEMS]    a number from 1 to 1000000", code: 64) }
    do { try run(count) } catch { fail("\(error)") }
  }

  static func run(_ count: Int) throws {
    let expected = try SharedArray<Double>(shape: [count])
    let alone = ContinuousClock().measure {
      for number in 0..<count { expected[number] = Oscillator.call(number) }
    }
    print("one after the other: \(count) oscillators, mean \(expected.mean()), \(milliseconds(alone))")
    let comparison = Comparison(expected: expected, time: alone)

    // The number of wrong results and their values vary from run to run.
    try comparison.report("4 threads", mustBeExact: false) { results in
      onThreads(4) { thread in
        for number in stride(from: thread, to: count, by: 4) { results[number] = Oscillator.call(number) }
      }
    }
    let lock = NSLock()
    try comparison.report("4 threads with a lock around the library") { results in
      onThreads(4) { thread in
        for number in stride(from: thread, to: count, by: 4) {
          results[number] = lock.withLock { Oscillator.call(number) }
        }
      }
    }

    // Each process has its own copy of the library's global variables.
    let pool = try ProcessPool()
    try comparison.report("a pool of \(pool.workerCount) processes") { results in
      try pool.map(Oscillator.self, 0..<count, into: results, chunkSize: 1)
    }
    pool.shutdown()
    try comparison.report("processes forked for the call") { results in
      try results.parallelForEach(partition: .chunks(of: 1)) { slab, chunk in
        slab[0] = Oscillator.call(chunk.index)
      }
    }
  }

  /// Runs `body` on threads, and waits until all threads have finished.
  private static func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for thread in 0..<count {
      group.enter()
      Thread.detachNewThread {
        body(thread)
        group.leave()
      }
    }
    group.wait()
  }
}

/// The expected results and their time, with which other runs are compared.
struct Comparison {
  var expected: SharedArray<Double>
  var time: Duration

  /// Computes the results, and prints the number of results that equal the expected ones bit by
  /// bit.
  func report(
    _ title: String, mustBeExact: Bool = true, _ compute: (SharedArray<Double>) throws -> Void
  ) throws {
    let results = try SharedArray<Double>(shape: expected.shape)
    let time = try ContinuousClock().measure { try compute(results) }
    let wrong = (0..<expected.count).filter { results[$0].bitPattern != expected[$0].bitPattern }
    let factor = (self.time / time * 100).rounded() / 100
    let verdict = wrong.isEmpty ? "all \(expected.count) exact" : "\(wrong.count) of \(expected.count) WRONG"
    print("\(title): \(verdict), \(milliseconds(time)), \(factor) times as fast")
    if let first = wrong.first {
      print("  for example number \(first): \(results[first]) instead of \(expected[first])")
      if mustBeExact { fail("\(title): these results should be exact.") }
    }
  }
}

private func milliseconds(_ time: Duration) -> String { "\(Int(time / .milliseconds(1))) ms" }
