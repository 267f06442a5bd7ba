import Glibc
import Multiprocessing
import SharedArraysMemory
import SharedArraysSystem
import Synchronization
import TestSupport
import Testing

enum RefuseSeven: WorkFunction {
  struct Refused: Error {}

  static func call(_ n: Int) throws -> Int {
    if n == 7 { throw Refused() }
    return n
  }
}

/// A pool of zero workers, which does everything in this process.
@Suite(.timeLimit(.minutes(1)))
struct PoolHereTests {
  @Test func `a pool without workers returns the results of a pool with workers, from this process`() throws {
    let pool = try ProcessPool(workers: 0)
    #expect(pool.workerCount == 0)
    #expect(pool.workerPIDs == [])
    #expect(try pool.submit(OwnPID.self, 0).result() == Int(getpid()))
    for size in [nil, 1, 7, 20_000] {
      #expect(try pool.map(Cube.self, 0..<10_000, chunkSize: size) == (0..<10_000).map { $0 * $0 * $0 })
    }
    #expect(try pool.map(Cube.self, [3, 1, 2]) == [27, 1, 8])
    #expect(try pool.map(Cube.self, []) == [])
    let orders = (0..<500).map { Order(name: "Größe \($0)", numbers: [Double($0)], options: ["a": $0]) }
    #expect(try pool.map(Echo<Order>.self, orders) == orders)
    let long = [UInt8](repeating: 7, count: 3_000_000)
    #expect(try pool.submit(Echo<[UInt8]>.self, long).result() == long)
    for n in 0..<200 { #expect(try pool.submit(Cube.self, n).result() == n * n * n) }
    pool.shutdown()
    let error = #expect(throws: PoolError.self) { _ = try pool.map(Cube.self, 0..<3) }
    #expect(error?.code == .closed)
  }

  @Test func `an error names the input and this process`() throws {
    let pool = try ProcessPool(workers: 0)
    let error = #expect(throws: PoolError.self) { _ = try pool.map(RefuseSeven.self, 0..<10) }
    #expect(error?.code == .threw)
    #expect(error?.range == 7..<8)
    #expect(error?.pid == Int(getpid()))
    #expect(error?.errorType == "Refused")
    #expect(try pool.map(RefuseSeven.self, 10..<20) == Array(10..<20))
    pool.shutdown()
  }

  @Test func `futures of a pool without workers are done at once`() async throws {
    let pool = try ProcessPool(workers: 0)
    let future = try pool.submit(Spell.self, 12)
    #expect(future.isDone)
    #expect(!future.cancel())
    #expect(try await future.value == "12")
    pool.shutdown()
  }

  @Test func `a closure that a pool without workers is bound to changes this process`() throws {
    var sum = 0
    let pool = try ClosurePool(workers: 0) { (n: Int) in
      sum += n
      return sum
    }
    #expect(try pool.map(1...4) == [1, 3, 6, 10])
    #expect(sum == 10)
    pool.shutdown()
  }

  @Test func `several threads can use a pool without workers at once`() async throws {
    let pool = try ProcessPool(workers: 0)
    await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          for n in 1..<50 {
            #expect((try? pool.map(Cube.self, 0..<n * 10)) == (0..<n * 10).map { $0 * $0 * $0 })
          }
        }
      }
    }
    pool.shutdown()
  }
}
