import Glibc
import Multiprocessing
import SharedArraysSystem
import SharedArraysTransfer
import Synchronization
import TestSupport
import Testing

private let methods: [StartMethod] = [.fork, .spawn, .forkServer]

@Suite(.serialized, .timeLimit(.minutes(4)))
struct PoolTests {
  // MARK: - Results

  @Test(arguments: methods)
  func `a map returns the outputs in the order of the inputs`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2, startMethod: method)
        #expect(try pool.map(Cube.self, 0..<10_000) == (0..<10_000).map { $0 * $0 * $0 })
        #expect(try pool.map(Cube.self, [3, 1, 2]) == [27, 1, 8])
        #expect(try pool.map(Cube.self, []) == [])
        #expect(try pool.map(Halve.self, [1.0, 3, .infinity]) == [0.5, 1.5, .infinity])
        let orders = (0..<500).map { Order(name: "Größe \($0)", numbers: [Double($0)], options: ["a": $0]) }
        #expect(try pool.map(Echo<Order>.self, orders) == orders)
        #expect(try pool.map(Echo<Order>.self, orders, chunkSize: 1) == orders)
        #expect(try pool.map(Spell.self, 0..<300) == (0..<300).map { String($0) })
        #expect(try pool.map(Count.self, orders) == orders.map { $0.name.count })
        #expect(try pool.reduce(Cube.self, 1...9, 0) { $0 + $1 } == 2025)
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a map with any number of inputs and any chunk size returns the results of a loop`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let isFull = environmentNumber("POOL_CHUNKS", or: 0) > 0
        let pool = try ProcessPool(workers: 3)
        for count in 0...257 {
          let expected = (0..<count).map { $0 * $0 * $0 }
          for size in isFull ? Array(1...300) : [1, 2, 7, 1 + count % 97, 300] {
            #expect(try pool.map(Cube.self, 0..<count, chunkSize: size) == expected)
          }
        }
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: methods)
  func `large results and inputs are transferred`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2, startMethod: method)
        let texts = (0..<4).map { [UInt8](repeating: UInt8($0), count: 5_000_000) }
        #expect(try pool.map(Echo<[UInt8]>.self, texts, chunkSize: 1) == texts)
        #expect(try pool.submit(Echo<[UInt8]>.self, texts[3]).result() == texts[3])
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  // MARK: - Futures

  @Test(arguments: methods)
  func `a future returns its result every time`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2, startMethod: method)
        let futures = try (0..<500).map { try pool.submit(Cube.self, $0) }
        for (index, future) in futures.enumerated() {
          #expect(try future.result() == index * index * index)
          #expect(try future.result() == index * index * index && future.isDone)
        }
        let order = Order(name: "x", numbers: [1], options: [:])
        #expect(try pool.submit(Echo<Order>.self, order).result() == order)
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `futures can be awaited and cancelled`() async throws {
    let pool = try ProcessPool(workers: 1, startMethod: .spawn)
    let cubes = try (1...200).map { try pool.submit(Cube.self, $0) }
    var sum = 0
    for cube in cubes { sum += try await cube.value }
    #expect(sum == (1...200).reduce(0) { $0 + $1 * $1 * $1 })
    let slow = try pool.submit(Sleep.self, 300)
    let queued = try (0..<100).map { try pool.submit(Sleep.self, 10_000 + $0) }
    #expect(throws: PoolError.self) { try slow.result(timeout: .milliseconds(1)) }
    for future in queued { #expect(future.cancel()) }
    for future in queued { #expect(code { try future.result() } == .cancelled) }
    #expect(try await slow.value == 300)
    #expect(!slow.cancel())
    pool.shutdown()
    #expect(code { try pool.submit(Cube.self, 1) } == .closed)
  }

  @Test func `several futures are waited for together`() async throws {
    let pool = try ProcessPool(workers: 2, startMethod: .spawn)
    let sleeps = try [400, 1].map { try pool.submit(Sleep.self, $0) }
    #expect(firstCompleted(sleeps) == 1)
    #expect(firstCompleted([sleeps[0]], timeout: .zero) == nil && !waitAll(sleeps, timeout: .zero))
    #expect(waitAll(sleeps) && firstCompleted(sleeps) == 0)
    var seen: [Int] = []
    let futures = try [300, 2, 1].map { try pool.submit(Sleep.self, $0) }
    for await future in asCompleted(futures) { seen.append(try future.result()) }
    #expect(seen.count == 3 && seen.last == 300)
    #expect(firstCompleted([PoolFuture<Int>]()) == nil && waitAll([PoolFuture<Int>]()))
    pool.shutdown()
  }

  @Test func `a pool can be made larger and smaller while it works`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        for count in [12, 2, 1, 12, 6, 1, 8, 5] {
          let future = try pool.submit(Sleep.self, 5)
          try pool.resize(to: count)
          #expect(pool.workerCount == count)
          #expect(try pool.map(Cube.self, 0..<500, chunkSize: 3) == (0..<500).map { $0 * $0 * $0 })
          #expect(try future.result() == 5)
        }
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  // MARK: - Errors

  @Test(arguments: methods)
  func `an error names its type, its text, the input and the process`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2, startMethod: method)
        let pids = pool.workerPIDs
        for _ in 0..<20 {
          let error = poolError { try pool.map(EvenOnly.self, [2, 4, 5, 6], chunkSize: 4) }
          #expect(error?.code == .threw && error?.errorType == "Refusal" && error?.range == 2..<3)
          #expect(error?.message == "the input is odd" && error.map { pids.contains($0.pid ?? 0) } == true)
          #expect(code { try pool.submit(EvenOnly.self, 1).result() } == .threw)
          #expect(try pool.map(EvenOnly.self, 0..<1) == [0])
          #expect(code { try pool.map(Unsendable.self, 0..<3) } == .notTransferable)
        }
        #expect(pool.workerPIDs == pids, "a thrown error ends no worker")
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `an initializer prepares every worker, and breaks the pool if it fails`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let good = try ProcessPool(workers: 2, initializer: Remember.self, 17)
        #expect(try good.map(Recall.self, 0..<50, chunkSize: 1) == Array(repeating: 17, count: 50))
        good.shutdown()
        let bad = try ProcessPool(workers: 2, initializer: EvenOnly.self, 3)
        let error = poolError { try bad.map(Cube.self, 0..<10) }
        #expect(error?.code == .initializerFailed && error?.message == "the input is odd")
        #expect(code { try bad.submit(Cube.self, 1) } == .initializerFailed)
        bad.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  // MARK: - Deaths

  @Test(arguments: methods, [9, 11, 6, 7, 15, 0, -1, -256])
  func `a worker that dies during its work is replaced`(method: StartMethod, way: Int) async {
    await #expect(processExitsWith: .success) { [method, way] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2, startMethod: method)
        let error = poolError { try pool.map(Die.self, [way], retries: 1) }
        #expect(error?.code == .died && error?.range == 0..<1 && error?.pid != nil)
        #expect(try pool.map(Cube.self, 0..<100) == (0..<100).map { $0 * $0 * $0 })
        #expect(code { try pool.submit(Die.self, way, retries: 0).result() } == .died)
        #expect(try pool.submit(Cube.self, 3).result() == 27)
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: methods)
  func `workers killed at any time harm no result`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2, startMethod: method)
        let expected = (0..<20_000).map { $0 * $0 * $0 }
        var random = SystemRandomNumberGenerator()
        for fault in 0..<environmentNumber("POOL_FAULTS", or: 40) {
          let pids = pool.workerPIDs
          let victim = pids.randomElement(using: &random) ?? 0
          let delay = UInt32.random(in: 0..<3_000, using: &random)
          let signal = [9, 11, 6, 7, 15].randomElement(using: &random)!
          let killer = try WorkerProcess<NoValue>.start {
            usleep(delay)
            if victim > 0 { kill(pid_t(victim), CInt(signal)) }
            return NoValue()
          }
          #expect(try pool.map(Cube.self, 0..<20_000, chunkSize: 1 + fault % 50, retries: 20) == expected)
          #expect(try pool.map(Spell.self, 0..<50, chunkSize: 7) == (0..<50).map { String($0) })
          try killer.join()
        }
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a stopped worker holds up no work of other workers`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        _ = try pool.map(Cube.self, 0..<100)
        for pid in pool.workerPIDs {
          kill(pid_t(pid), SIGSTOP)
          for number in 0..<5 {
            #expect(try pool.submit(Cube.self, number).result() == number * number * number)
          }
          kill(pid_t(pid), SIGCONT)
        }
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `the memory of results is reused`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        func size() -> Int { sharedBytes() }
        _ = try (0..<3).map { _ in try pool.map(Cube.self, 0..<10_000) }
        let before = size()
        for _ in 0..<200 {
          #expect(try pool.map(Cube.self, 0..<10_000).count == 10_000)
          _ = try pool.submit(Numbers.self, 1000).result()
          _ = try pool.submit(Numbers.self, 1000)
        }
        #expect(size() < before + 4_000_000, "the results of 200 maps, 80,000 bytes each, are not kept")
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `only the task that takes too long is ended`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        let short = try pool.submit(Sleep.self, 400)
        let error = poolError { try pool.map(Sleep.self, [60_000], timeout: .milliseconds(50)) }
        #expect(error?.code == .deadlineExceeded && error?.range == 0..<1)
        #expect(try short.result() == 400)
        #expect(try pool.map(Cube.self, 0..<9) == (0..<9).map { $0 * $0 * $0 })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `workers are replaced after a maximum number of tasks`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        for most in 1...3 {
          let pool = try ProcessPool(workers: 2, maxTasksPerWorker: most)
          let pids = try pool.map(OwnPID.self, 0..<30, chunkSize: 1)
          #expect(Dictionary(grouping: pids) { $0 }.values.allSatisfy { $0.count <= most })
          pool.shutdown()
        }
        CurrentProcess.endForkServer()
      }
    }
  }

  // MARK: - The end

  @Test func `a killed pool ends at once, and a pool that is shut down drops or does its queued work`()
    async
  {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let killed = try ProcessPool(workers: 2)
        let futures = try (0..<10_000).map { try killed.submit(Sleep.self, 10_000 + $0) }
        killed.kill()
        #expect(futures.allSatisfy { future in code { try future.result() } == .closed })
        let dropped = try ProcessPool(workers: 1)
        let first = try (0..<200).map { try dropped.submit(Sleep.self, 1 + $0 % 2) }
        dropped.shutdown(cancelsPending: true)
        #expect(first.allSatisfy { $0.isDone })
        let drained = try ProcessPool(workers: 2)
        let all = try (0..<300).map { try drained.submit(Cube.self, $0) }
        drained.shutdown()
        #expect(try all.map { try $0.result() } == (0..<300).map { $0 * $0 * $0 })
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `many threads can use a pool at once`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        let wrong = Atomic(0)
        onThreads(32) { thread in
          for round in 0..<50 * environmentNumber("POOL_CASES", or: 1) {
            let number = thread * 1000 + round
            let isRight =
              (try? pool.submit(Cube.self, number).result()) == number * number * number
              && (try? pool.map(Spell.self, number..<number + 3)) == (number..<number + 3).map { String($0) }
            if !isRight { wrong.add(1, ordering: .relaxed) }
          }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a worker of a pool can have a pool`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        #expect(try pool.map(SumOfCubes.self, [3, 4], chunkSize: 1) == [36, 100])
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }
}

/// Returns the bytes of this process's resident shared pages.
private func sharedBytes() -> Int {
  let fields = (readSmallFile("/proc/self/statm") ?? "").split(separator: " ")
  return (fields.count > 2 ? Int(fields[2]) ?? 0 : 0) * 4096
}

/// Returns the error of a call that must fail.
func poolError(_ body: () throws -> some Any) -> PoolError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? PoolError
  }
}

func code(_ body: () throws -> some Any) -> PoolError.Code? { poolError(body)?.code }
