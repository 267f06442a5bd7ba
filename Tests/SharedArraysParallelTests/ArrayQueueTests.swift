import Glibc
import Multiprocessing
import SharedArraysCore
import SharedArraysLocks
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

/// Tests of arrays as items of a queue.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ArrayQueueTests {
  @Test func `an array put into a queue is handed over and not copied`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let queue = try SharedQueue<SharedArray<Double>>(capacity: 4)
        let answers = try SharedQueue<[Double]>(capacity: 4)
        let worker = try WorkerProcess<Int>.start {
          var count = 0
          for array in queue {
            try answers.put([array[0], array[array.count - 1]])
            array[0] = -1
            count += 1
          }
          return count
        }
        var arrays: [SharedArray<Double>] = []
        // Small arrays are blocks of the arena, and large arrays have an object of their own.
        for size in [2, 1_000, 200_000, 3_000_000] {
          let array = try SharedArray<Double>(shape: [size])
          array.fill(Double(size))
          arrays.append(array)
          try queue.put(array)
          #expect(try answers.get(timeout: .seconds(30)) == [Double(size), Double(size)])
        }
        queue.close()
        #expect(try worker.result() == 4)
        #expect(arrays.allSatisfy { $0[0] == -1 })
      }
    }
  }

  @Test func `arrays of a producer that has ended arrive, each with its own contents`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let queue = try SharedQueue<SharedArray<Int>>(capacity: 64)
        let producers = try (0..<3).map { producer in
          try WorkerProcess<Int>.start {
            for number in 0..<20 {
              let array = try SharedArray<Int>(shape: [100_000])
              array.fill(producer * 1_000 + number)
              try queue.put(array)
            }
            return 0
          }
        }
        for producer in producers { _ = try producer.result() }
        queue.close()
        let consumers = try (0..<3).map { _ in
          try WorkerProcess<[Int]>.start {
            try queue.map { array in
              guard array[0] == array[99_999] else { throw CancellationError() }
              return array[0]
            }
          }
        }
        let seen = try consumers.flatMap { try $0.result() }.sorted()
        #expect(seen == (0..<3).flatMap { producer in (0..<20).map { producer * 1_000 + $0 } })
      }
    }
  }

  @Test func `killed producers and consumers of arrays do not block other processes`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let queue = try SharedQueue<SharedArray<Int>>(capacity: 3, participants: 8)
        let words = try SharedWords()
        final class Box {
          let child: ChildProcess
          init(_ body: () -> CInt) throws { child = try startChild(body) }
        }
        for round in 0..<60 {
          let boxes = try (0..<3).map { role in
            try Box {
              if role == 0 || role == 2 && round % 2 == 0 {
                while let array = try? SharedArray<Int>(shape: [10_000]) {
                  array.fill(words.add(1, to: 1))
                  guard (try? queue.put(array)) != nil else { return 1 }
                }
              } else {
                while let array = try? queue.get() {
                  if array[0] != array[9_999] { words.add(1, to: 2) }
                  words.add(1, to: 0)
                }
              }
              return 0
            }
          }
          usleep(UInt32(round * 97 % 3_000))
          let victim = boxes[round % 2]
          victim.child.signal(9)
          let hasEnded = try victim.child.ends()
          #expect(hasEnded)
          let before = words[0]
          if round % 2 == 0 {
            let goesOn = waitUntil { words[0] > before }
            #expect(goesOn, "no consumer took an array in round \(round)")
          }
          for box in boxes {
            box.child.signal(9)
            _ = try box.child.ends()
          }
        }
        #expect(words[2] == 0 && words[0] > 0)
        _ = try queue.losses()
        while try queue.tryGet() != nil {}
        let array = try SharedArray<Int>(shape: [10_000])
        array.fill(7)
        try queue.put(array, timeout: .seconds(10))
        let back = try queue.get(timeout: .seconds(10))
        #expect(back[9_999] == 7)
      }
    }
  }

  @Test func `a named queue takes named arrays, and refuses unnamed ones with a sentence`() throws {
    let queue = try SharedQueue<SharedArray<Double>>.create(.generated, capacity: 2)
    let unnamed = try SharedArray<Double>(shape: [3])
    do {
      try queue.put(unnamed)
      Issue.record("The queue took an unnamed array.")
    } catch {
      #expect(error.code == .notTransferable && error.description.contains("name the array"))
    }
    let named = try SharedArray<Double>.create(.generated, shape: [3])
    named[1] = 5
    try queue.put(named)
    #expect(try queue.get()[1] == 5)
  }

  @Test func `the name of a queue, a lock or an array cannot be attached as another kind`() throws {
    let name = "sharedarrays-tests-kind-\(getpid())"
    let queue = try SharedQueue<Int>.create(name + "q", capacity: 4)
    let mutex = try SharedMutex(.named(name + "m"))
    let array = try SharedArray<Int>.create(name + "a", shape: [3])
    defer {
      try? queue.unlink()
      try? mutex.unlink()
      try? array.unlink()
    }
    for other in [name + "q", name + "m"] {
      var error = #expect(throws: SharedMemoryError.self) { _ = try SharedArrayInfo.of(other) }
      #expect(error?.code == .mismatch)
      error = #expect(throws: SharedMemoryError.self) { _ = try SharedArray<Int>.attach(other) }
      #expect(error?.code == .mismatch)
    }
    #expect(throws: QueueError.self) { _ = try SharedQueue<Int>.attach(name + "a") }
    #expect(throws: SharedMemoryError.self) { _ = try SharedMutex.attach(name + "q") }
    #expect(try SharedArrayInfo.list().allSatisfy { !$0.segment.name.hasSuffix("q") })
  }
}
