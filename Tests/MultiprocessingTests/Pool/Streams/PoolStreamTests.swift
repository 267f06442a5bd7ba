import Glibc
import Multiprocessing
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

/// The two kinds of streams.
enum StreamKind: String, Codable, CaseIterable { case ordered, unordered }

extension ProcessPool {
  func stream<Function: WorkFunction, Inputs: Sequence>(
    _ kind: StreamKind, _ function: Function.Type, _ inputs: Inputs, chunkSize: Int? = nil,
    window: Int? = nil,
    timeout: Duration? = nil, retries: Int = 2
  ) -> PoolStream<Function.Output> where Inputs.Element == Function.Input {
    switch kind {
    case .ordered:
      mapOrdered(
        function, inputs, chunkSize: chunkSize, window: window, timeout: timeout, retries: retries)
    case .unordered:
      mapUnordered(
        function, inputs, chunkSize: chunkSize, window: window, timeout: timeout, retries: retries)
    }
  }
}

/// Returns all results of a stream.
func read<Output>(_ stream: PoolStream<Output>) throws -> [Output] {
  try stream.results.map { try $0.get() }
}

@Suite(.serialized, .timeLimit(.minutes(4)))
struct PoolStreamTests {
  @Test func `streams with any number of inputs, chunk size and window return the results of a loop`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 3)
        for count in [0, 1, 2, 7, 64, 65, 257] {
          let cubes = (0..<count).map { $0 * $0 * $0 }
          for size in [nil, 1, 2, 7, 300] {
            for window in [nil, 1, 3, 100] {
              #expect(
                try read(pool.mapOrdered(Cube.self, 0..<count, chunkSize: size, window: window)) == cubes)
              let any = pool.mapUnordered(Cube.self, 0..<count, chunkSize: size, window: window)
              #expect(try read(any).sorted() == cubes)
            }
          }
        }
        let orders = (0..<200).map { Order(name: "Größe \($0)", numbers: [Double($0)], options: ["a": $0]) }
        #expect(try read(pool.mapOrdered(Echo<Order>.self, orders)) == orders)
        #expect(try read(pool.mapOrdered(Echo<Order>.self, orders.lazy.map { $0 }, chunkSize: 7)) == orders)
        #expect(Set(try read(pool.mapUnordered(Spell.self, 0..<300))) == Set((0..<300).map { String($0) }))
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: StreamKind.allCases, [1, 5])
  func `inputs are pulled only as far as the window has room`(kind: StreamKind, chunkSize: Int) async {
    await #expect(processExitsWith: .success) { [kind, chunkSize] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        var pulled = 0
        let endless = AnyIterator {
          pulled += 1
          return pulled
        }
        let results = pool.stream(kind, Cube.self, endless, chunkSize: chunkSize, window: 3).makeIterator()
        #expect(pulled == 0, "no input is pulled before the first result is requested")
        for read in 0..<1000 {
          _ = try results.next()
          // The chunk being read has made room for another.
          #expect(pulled <= (read / chunkSize + 1 + 3) * chunkSize)
        }
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a slow result delays the others only in an ordered stream`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        let (closed, open) = (try Gate(), try Gate())
        open.mayEnd.set()
        let gates = [closed] + Array(repeating: open, count: 100)
        let any = pool.mapUnordered(Hold.self, gates, chunkSize: 1, window: 2).makeIterator()
        for _ in 0..<100 { #expect(try any.next() == 7) }
        closed.mayEnd.set()
        #expect(try any.next() == 7)
        #expect(try any.next() == nil)
        // In input order the slow result comes first, though the others are done.
        let sleeps = [200, 1, 2, 3]
        #expect(try read(pool.mapOrdered(Sleep.self, sleeps, chunkSize: 1)) == sleeps)
        #expect(try read(pool.mapUnordered(Sleep.self, sleeps, chunkSize: 1)).last == 200)
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: [1, 2])
  func `a chunk is overtaken by a bounded number of later chunks`(workers: Int) async {
    await #expect(processExitsWith: .success) { [workers] in
      inOwnProcess {
        let pool = try ProcessPool(workers: workers)
        let window = 8
        let results = pool.mapUnordered(Linger.self, 0..., chunkSize: 1, window: window).makeIterator()
        for place in 0..<1000 {
          let number = try #require(try results.next())
          // A worker visits all job slots once before it returns to the same one.
          #expect(place - number <= 64 + window)
        }
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `many streams of one pool run at once`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        onThreads(8) { thread in
          let first = thread * 1000
          let numbers = Array(first..<first + 400)
          let results = try? read(
            pool.stream(thread % 2 == 0 ? .ordered : .unordered, Echo<Int>.self, numbers, chunkSize: 3))
          #expect(results?.sorted() == numbers && (thread % 2 == 1 || results == numbers))
        }
        // One thread reads many streams in turn.
        let streams = (0..<100).map { pool.mapOrdered(Cube.self, $0..., chunkSize: 1).makeIterator() }
        for step in 0..<10 {
          for (index, stream) in streams.enumerated() {
            let number = index + step
            #expect(try stream.next() == number * number * number)
          }
        }
        pool.shutdown(wait: false)
        pool.kill()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: StreamKind.allCases)
  func `pools bound to closures and pools without workers have streams`(kind: StreamKind) async {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        let words = ["a", "b", "c"]
        let pool = try ClosurePool(workers: 2) { (n: Int) in words[n % 3] + String(n) }
        let expected = (0..<300).map { words[$0 % 3] + String($0) }
        let stream = kind == .ordered ? pool.mapOrdered(0..<300) : pool.mapUnordered(0..<300)
        let results = try read(stream)
        #expect(kind == .ordered ? results == expected : results.sorted() == expected.sorted())
        pool.shutdown()

        let here = try ProcessPool(workers: 0)
        var pulled = 0
        let endless = AnyIterator {
          pulled += 1
          return pulled
        }
        let pids = here.stream(kind, OwnPID.self, endless).makeIterator()
        for count in 1...100 {
          #expect(try pids.next() == Int(getpid()))
          #expect(pulled == count, "this thread does only the work that was requested")
        }
        let thrown = here.stream(kind, EvenOnly.self, [2, 4, 5, 6], chunkSize: 1).results.map { $0 }
        #expect(thrown.prefix(2).map { try? $0.get() } == [1, 2] && thrown.count == 3)
        here.shutdown()
      }
    }
  }
}

/// Returns the input after a delay in which the other slots of a window are refilled.
enum Linger: WorkFunction {
  static func call(_ n: Int) -> Int {
    usleep(300)
    return n
  }
}
