import Multiprocessing
import SharedArraysMemory
import Synchronization
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct PoolStreamTaskTests {
  @Test func `tasks can read ordered and unordered streams`() async throws {
    let pool = try ProcessPool(workers: 2, startMethod: .spawn)
    var cubes: [Int] = []
    for try await cube in pool.mapOrdered(Cube.self, 0..<500, chunkSize: 3) { cubes.append(cube) }
    #expect(cubes == (0..<500).map { $0 * $0 * $0 })
    let sum = try await pool.mapUnordered(Cube.self, 0..<500).reduce(0, +)
    #expect(sum == cubes.reduce(0, +))
    await withTaskGroup(of: [String]?.self) { group in
      for first in 0..<8 {
        group.addTask {
          var words: [String] = []
          do {
            for try await word in pool.mapOrdered(Spell.self, first..., chunkSize: 2) {
              words.append(word)
              if words.count == 100 { break }
            }
          } catch { return nil }
          return words == (first..<first + 100).map { String($0) } ? words : nil
        }
      }
      for await words in group { #expect(words?.count == 100) }
    }
    pool.shutdown()
  }

  @Test func `a loop in a task receives the earlier results before an error`() async throws {
    let pool = try ProcessPool(workers: 2, startMethod: .spawn)
    var halves: [Int] = []
    do {
      for try await half in pool.mapOrdered(EvenOnly.self, [0, 2, 4, 5, 6], chunkSize: 1) {
        halves.append(half)
      }
      Issue.record("nothing was thrown")
    } catch {
      #expect(error.code == .threw && error.range == 3..<4)
    }
    #expect(halves == [0, 1, 2])
    pool.shutdown()
  }

  @Test func `a cancelled task stops waiting at once, and chunks not yet started are dropped`() async throws {
    let pool = try ProcessPool(workers: 1, startMethod: .spawn)
    let gate = try Gate()
    let count = Mutex(0)
    let task = Task {
      for try await _ in pool.mapUnordered(Hold.self, Array(repeating: gate, count: 5), chunkSize: 1) {
        count.withLock { $0 += 1 }
      }
    }
    gate.hasBegun.wait()
    task.cancel()
    let outcome = await task.result
    #expect(throws: PoolError.self) { try outcome.get() }
    #expect(code { try outcome.get() } == .cancelled)
    #expect(count.withLock { $0 } == 0)
    // The other tasks would do this first if they were not cancelled.
    gate.hasBegun.clear()
    gate.mayEnd.set()
    #expect(try await pool.submit(Cube.self, 3).value == 27)
    #expect(!gate.hasBegun.isSet)
    pool.shutdown()
  }

  @Test func `a task that is already cancelled receives nothing from a stream`() async throws {
    let pool = try ProcessPool(workers: 1, startMethod: .spawn)
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await pool.mapUnordered(Cube.self, 0...).first { _ in true }
    }
    task.cancel()
    let outcome = await task.result
    #expect(code { try outcome.get() } == .cancelled)
    pool.shutdown()
  }

  @MainActor
  @Test func `an actor can read a stream in its own isolation`() async throws {
    let pool = try ProcessPool(workers: 2, startMethod: .spawn)
    var pulled = 0
    let inputs = AnyIterator {
      MainActor.assertIsolated()
      pulled += 1
      return pulled <= 50 ? pulled : nil
    }
    var sum = 0
    for try await cube in pool.mapUnordered(Cube.self, inputs, chunkSize: 1, window: 2) { sum += cube }
    #expect(sum == (1...50).reduce(0) { $0 + $1 * $1 * $1 })
    pool.shutdown()
  }
}
