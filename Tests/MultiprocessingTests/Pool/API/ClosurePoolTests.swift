import Glibc
import Multiprocessing
import SharedArraysSystem
import SharedArraysTransfer
import TestSupport
import Testing

// SAFETY: the kernel null-terminates d_name, and an entry is valid until the next readdir. `text`
// has the size that `fread` gets.

/// State that does not cross to another process: a forked worker already has it.
private final class Box {
  var value: Int

  init(_ value: Int) { self.value = value }
}

/// A type that no other process can find by its name.
private struct Point: Codable, Transferable, Equatable {
  var x: Int
  var y: Int
}

private struct Refused: Error {
  var number: Int
}

@Suite(.serialized, .timeLimit(.minutes(2)))
struct ClosurePoolTests {
  @Test func `the workers of a pool call a closure with everything that it has captured`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let (box, words) = (Box(3), ["a", "b", "c"])
        let pool = try ClosurePool(workers: 2) { (n: Int) in words[n % 3] + String(n * box.value) }
        #expect(try pool.map(0..<300) == (0..<300).map { words[$0 % 3] + String($0 * 3) })
        #expect(try pool.map([5, 1], chunkSize: 1) == ["c15", "b3"])
        #expect(try pool.map([]) == [])
        #expect(try pool.submit(4).result() == "b12")
        pool.shutdown()

        let points = try ClosurePool(workers: 2) { (p: Point) in Point(x: p.y + box.value, y: p.x) }
        #expect(try points.submit(Point(x: 1, y: 2)).result() == Point(x: 5, y: 1))
        let many = (0..<100).map { Point(x: $0, y: -$0) }
        #expect(try points.map(many) == many.map { Point(x: $0.y + 3, y: $0.x) })
        points.shutdown()

        let squares = try ClosurePool(workers: 2) { (n: Int) in n * n }
        for n in 0..<1000 { #expect(try squares.submit(n).result() == n * n) }
        #expect(try squares.map(0..<100_000) == (0..<100_000).map { $0 * $0 })
        #expect(try squares.reduce(1...10, 0) { $0 + $1 } == 385)
        // The same workers also find functions by name.
        #expect(try squares.pool.map(Cube.self, 0..<100) == (0..<100).map { $0 * $0 * $0 })
        squares.shutdown()
      }
    }
  }

  @Test func `a replacement worker has the values captured when the pool was created`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let box = Box(3)
        let pool = try ClosurePool(workers: 2) { (n: Int) in n * box.value }
        box.value = 1000
        for round in 0..<20 {
          let before = pool.pool.workerPIDs
          kill(pid_t(before[round % 2]), SIGKILL)
          #expect(try pool.map(0..<1000, chunkSize: 3, retries: 100) == (0..<1000).map { $0 * 3 })
          #expect(waitUntil { pool.pool.workerPIDs.count == 2 && pool.pool.workerPIDs != before })
        }
        try pool.pool.resize(to: 4)
        #expect(try pool.map(0..<1000, chunkSize: 3) == (0..<1000).map { $0 * 3 })
        pool.shutdown()
      }
    }
  }

  @Test func `errors and deaths in a closure are reported like those of functions`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ClosurePool(workers: 2) { (n: Int) throws -> Int in
          if n == 7 { throw Refused(number: n) }
          if n == 70 { kill(getpid(), SIGSEGV) }
          return n
        }
        do throws(PoolError) {
          _ = try pool.map(0..<20, chunkSize: 4)
          Issue.record("nothing was thrown")
        } catch {
          #expect(error.code == .threw)
          #expect(error.range == 7..<8)
          #expect(error.errorType == "Refused")
        }
        do throws(PoolError) {
          _ = try pool.submit(70, retries: 1).result()
          Issue.record("nothing was thrown")
        } catch {
          #expect(error.code == .died)
          #expect(error.termination == .signaled(11))
        }
        #expect(try pool.map(100..<200) == Array(100..<200))
        pool.shutdown()
      }
    }
  }

  @Test func `a pool whose template was killed fails with errors and does not hang`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ClosurePool(workers: 2) { (n: Int) in n + 1 }
        let workers = pool.pool.workerPIDs
        let template = try #require(children().first { !workers.contains($0) })
        kill(pid_t(template), SIGKILL)
        // Existing workers continue.
        #expect(try pool.map(0..<100) == Array(1...100))
        for worker in workers { kill(pid_t(worker), SIGKILL) }
        let error = #expect(throws: PoolError.self) {
          while true { _ = try pool.map(0..<100, retries: 100) }
        }
        #expect(error?.code == .cannotStart)
        pool.shutdown()
      }
    }
  }
}

/// Returns the children of this process, forked by any of its threads.
private func children() -> [Int] {
  guard let tasks = unsafe opendir("/proc/self/task") else { return [] }
  defer { unsafe closedir(tasks) }
  var result: [Int] = []
  while let entry = unsafe readdir(tasks) {
    let task = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
      unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
    }
    guard let file = unsafe fopen("/proc/self/task/\(task)/children", "r") else { continue }
    defer { unsafe fclose(file) }
    var text = [UInt8](repeating: 0, count: 4096)
    let count = unsafe fread(&text, 1, 4096, file)
    result += String(decoding: text.prefix(count), as: UTF8.self).split(separator: " ").compactMap { Int($0) }
  }
  return result
}
