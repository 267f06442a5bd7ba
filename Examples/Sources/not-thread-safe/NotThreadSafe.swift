// A C library that is not thread-safe: wrong in threads, no faster under a lock, right and faster in processes.
//
//   not-thread-safe [PROBLEMS]    how many oscillators are to be computed; 128 unless given

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

    // What is wrong, and how much of it, is another thing each time.
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

    // Each process has its own copy of the library's variables.
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

  /// Runs threads, and waits until they have ended.
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

/// What results are compared with.
struct Comparison {
  var expected: SharedArray<Double>
  var time: Duration

  /// Computes the results in some way, and tells how many of them are those that are expected, to the last bit.
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
