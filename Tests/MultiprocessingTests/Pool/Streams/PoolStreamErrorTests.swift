import Glibc
import Multiprocessing
import SharedArraysTransfer
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(4)))
struct PoolStreamErrorTests {
  @Test(arguments: [1, 4, 100])
  func `the first failing chunk ends a stream after all results before it`(chunkSize: Int) async {
    await #expect(processExitsWith: .success) { [chunkSize] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 3)
        let inputs = (0...).lazy.map { $0 == 42 ? 1 : 2 * $0 }
        let results = pool.mapOrdered(EvenOnly.self, inputs, chunkSize: chunkSize).results.map { $0 }
        let whole = 42 / chunkSize * chunkSize
        #expect(results.dropLast().map { try? $0.get() } == (0..<whole).map { $0 })
        let error = poolError { try results.last?.get() }
        #expect(error?.code == .threw && error?.range == 42..<43 && error?.errorType == "Refusal")

        let any = pool.mapUnordered(EvenOnly.self, inputs, chunkSize: chunkSize).makeIterator()
        var count = 0
        let other = poolError { while try any.next() != nil { count += 1 } }
        #expect(other?.range == 42..<43 && count % chunkSize == 0)
        #expect(try any.next() == nil && any.next() == nil, "a stream ends after an error")
        #expect(try pool.map(Cube.self, 0..<3) == [0, 1, 8])
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: StreamKind.allCases)
  func `an input that cannot be encoded ends a stream after the results of earlier inputs`(kind: StreamKind)
    async
  {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        let inputs = (0..<20).map { Reluctant(isStubborn: $0 == 11) }
        let results = pool.stream(kind, Accept.self, inputs, chunkSize: 2).results.map { $0 }
        #expect(results.dropLast().map { try? $0.get() } == Array(repeating: 1, count: 10))
        let error = poolError { try results.last?.get() }
        #expect(error?.code == .notTransferable)
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: StreamKind.allCases)
  func `a stream of a pool that is shut down or killed ends with an error`(kind: StreamKind) async {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        for isKilled in [false, true] {
          let pool = try ProcessPool(workers: 2)
          let stream = pool.stream(kind, Cube.self, 0..., chunkSize: 1).makeIterator()
          for _ in 0..<100 { #expect(try stream.next() != nil) }
          if isKilled { pool.kill() } else { pool.shutdown() }
          let error = poolError { while try stream.next() != nil {} }
          #expect(error?.code == .closed)
          #expect(try stream.next() == nil)
        }
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: StreamKind.allCases)
  func `a stream loses no result to killed workers, and a chunk that kills all of them is an error`(
    kind: StreamKind
  ) async {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        for _ in 0..<environmentNumber("POOL_STREAM_KILLS", or: 20) {
          let stream = pool.stream(kind, Echo<Int>.self, 0..<2000, chunkSize: 5, retries: 100).makeIterator()
          var results: [Int] = []
          while let number = try stream.next() {
            results.append(number)
            if results.count == 1000, let pid = pool.workerPIDs.last { kill(pid_t(pid), SIGKILL) }
          }
          #expect((kind == .ordered ? results : results.sorted()) == Array(0..<2000))
        }
        let dead = pool.stream(kind, Die.self, [9], retries: 1).results.map { $0 }
        let error = poolError { try dead.first?.get() }
        #expect(dead.count == 1 && error?.code == .died && error?.range == 0..<1)
        let late = pool.stream(
          kind, Sleep.self, [1, 1, 60_000, 1], chunkSize: 1, timeout: .milliseconds(300))
        #expect(poolError { _ = try read(late) }?.code == .deadlineExceeded)
        #expect(poolError { _ = try read(late) }?.range == 2..<3)
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }
}

/// A value whose encoding may fail.
struct Reluctant: Transferable {
  let isStubborn: Bool

  func encode(into writer: inout TransferWriter) throws(TransferError) {
    if isStubborn { throw TransferError(invalidValue: "never") }
  }
  static func decode(from reader: inout TransferReader) throws(TransferError) -> Reluctant {
    Reluctant(isStubborn: false)
  }
}

enum Accept: WorkFunction {
  static func call(_ input: Reluctant) -> Int { 1 }
}
