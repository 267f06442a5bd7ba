import Glibc
import Multiprocessing
import SharedArraysCore
import SharedArraysParallel
import SharedArraysSystem
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct ParallelFailureTests {
  @Test(arguments: [SIGKILL, SIGSEGV, SIGABRT], Pieces.all)
  func `rows that are not listed as unfinished are done, though workers die in the middle of theirs`(
    signal: Int32, pieces: Pieces
  ) async {
    await #expect(processExitsWith: .success) { [signal, pieces] in
      inOwnProcess {
        let (rows, columns) = (60, 50)
        let array = try SharedArray<Int>(shape: [rows, columns])
        for round in 0..<40 {
          array.fill(0)
          let fatalRow = round * 7 % rows
          let error = try failure { () throws(WorkerError) in
            try array.parallelForEach(workers: 3, partition: pieces.partition, timeout: longTime) {
              slab, chunk in
              for row in 0..<slab.shape[0] {
                for column in 0..<columns {
                  if chunk.range.lowerBound + row == fatalRow, column == round { kill(getpid(), signal) }
                  slab[row, column] = 1
                }
              }
            }
          }
          #expect(error.code == .died)
          #expect(error.termination == .signaled(Int(signal)))
          #expect(error.range?.contains(fatalRow) == true)
          #expect(error.unfinishedRanges.contains { $0.contains(fatalRow) })
          for row in 0..<rows where !error.unfinishedRanges.contains(where: { $0.contains(row) }) {
            let isDone = array[row, .all].toArray() == [Int](repeating: 1, count: columns)
            #expect(isDone, "row \(row) in round \(round)")
          }
          // The row itself is torn, at the column of the worker's death.
          let torn = array[fatalRow, .all].toArray()
          #expect(torn == (0..<columns).map { $0 < round ? 1 : 0 })
        }
        array.fill(4)
        try array.parallelForEach(workers: 3, partition: pieces.partition, timeout: longTime) {
          $0.update { $0 * 2 }
        }
        #expect(array.toArray() == [Int](repeating: 8, count: rows * columns))
      }
    }
  }

  @Test func `a thrown error names the rows, and calls on several arrays fail in the same way`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let x = try SharedArray<Double>(shape: [10])
        let y = try SharedArray<Double>(shape: [10, 2])
        let errors = [
          try failure { () throws(WorkerError) in
            try x.parallelForEach(workers: 2, timeout: longTime) { _, chunk in
              if chunk.index == 1 { throw Unexpected() }
            }
          },
          try failure { () throws(WorkerError) in
            _ = try x.parallelMap(workers: 2, timeout: longTime) { _, chunk in
              if chunk.index == 1 { throw Unexpected() }
              return 1
            }
          },
          try failure { () throws(WorkerError) in
            x.fill(0)
            x[9] = 1
            try parallelForEach(x, y, workers: 2, timeout: longTime) { x, _ in
              if x.sum() > 0 { throw Unexpected() }
            }
          },
        ]
        for error in errors {
          #expect(error.code == .threw)
          #expect(error.errorType == "Unexpected")
          #expect(error.range == 5..<10)
          #expect(error.unfinishedRanges == [5..<10])
        }
      }
    }
  }

  @Test func `a time-out kills the workers, and the array can be used at once`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let array = try SharedArray<Int>(shape: [4])
        for timeout in [Duration.zero, .milliseconds(-1), .milliseconds(100)] {
          let error = try failure { () throws(WorkerError) in
            try array.parallelForEach(workers: 2, timeout: timeout) { slab in
              while true { slab.update { $0 &+ 1 } }
            }
          }
          #expect(error.code == .deadlineExceeded)
          #expect(error.unfinishedRanges == [0..<4])
          // No worker writes any more.
          array.fill(5)
          sleepFor(milliseconds: 20)
          #expect(array.toArray() == [5, 5, 5, 5])
        }
      }
    }
  }

  @Test func `a range of rows that cannot be listed in memory is a typed error`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let array = try SharedArray<Double>(shape: [1 << 40, 0])
        let error = try failure { () throws(WorkerError) in
          try array.parallelForEach(workers: 2, partition: .chunks(of: 1), timeout: longTime) { _ in }
        }
        #expect(error.code == .cannotStart)
        #expect(error.unfinishedRanges == [0..<1 << 40])
      }
    }
  }

  @Test func `calls leave no descriptors, mappings, processes or names, whether they fail or not`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let names = sharedMemoryNames()
        let termination = try forkedChild(within: .seconds(60)) {
          guard let array = try? SharedArray<Int>(shape: [50]) else { return 1 }
          call(array, round: 0)
          call(array, round: 1)
          let (descriptors, mappings) = (openDescriptors(), mappingCount())
          for round in 0..<60 { call(array, round: round) }
          if waitpid(-1, nil, WNOHANG) != -1 || errno != ECHILD { return 2 }
          if openDescriptors() != descriptors { return 3 }
          return mappingCount() == mappings ? 0 : 4
        }
        #expect(termination == .exited(code: 0))
        // Other tests create and remove names at the same time.
        #expect(waitUntil { sharedMemoryNames().subtracting(names).isEmpty })
      }
    }
  }

  @Test(arguments: [SIGKILL, SIGTERM])
  func `a parent that is killed leaves no worker and no name`(signal: Int32) async {
    await #expect(processExitsWith: .success) { [signal] in
      inOwnProcess {
        let names = sharedMemoryNames()
        let words = try SharedWords()
        let parent = try startChild {
          guard let array = try? SharedArray<Int>(shape: [3, 100_000]) else { return 1 }
          try? array.parallelForEach(workers: 3) { slab, chunk in
            words[chunk.index] = currentProcess()
            while true { slab.update { $0 &+ 1 } }
          }
          return 2
        }
        #expect((0..<3).allSatisfy { words.wait(for: $0) })
        kill(pid_t(parent.pid), signal)
        let hasEnded = try parent.ends()
        #expect(hasEnded)
        #expect(waitUntil { (0..<3).allSatisfy { [nil, "Z"].contains(processState(words[$0])) } })
        #expect(waitUntil { sharedMemoryNames().subtracting(names).isEmpty })
      }
    }
  }
}

/// Makes a call that succeeds, dies, throws or runs out of time.
private func call(_ array: SharedArray<Int>, round: Int) {
  _ = try? array.parallelMap(
    workers: 3, partition: .chunks(of: 5), timeout: round % 4 == 3 ? .milliseconds(5) : longTime
  ) { slab, chunk in
    if chunk.index == 4 {
      switch round % 4 {
      case 1: kill(getpid(), SIGKILL)
      case 2: throw Unexpected()
      case 3: sleepFor(milliseconds: 60_000)
      default: break
      }
    }
    return slab.sum()
  }
}
