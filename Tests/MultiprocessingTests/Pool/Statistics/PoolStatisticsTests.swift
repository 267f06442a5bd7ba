import Foundation
import Multiprocessing
import SharedArraysMemory
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct PoolStatisticsTests {
  @Test func `each chunk is recorded once, by the worker that did it`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2, collectsStatistics: true)
        try pool.forEach(Sleep.self, Array(repeating: 2, count: 95), chunkSize: 10)
        let statistics = try #require(pool.statistics)
        #expect(statistics.tasks == 95 && statistics.chunks == 10)
        #expect(statistics.deaths == 0 && statistics.retries == 0)
        let chunks = statistics.events.filter { $0.kind == .chunk }
        #expect(chunks.map(\.chunk).sorted() == Array(0..<10) && Set(chunks.map(\.job)).count == 1)
        for event in chunks {
          #expect(event.inputs == event.chunk * 10..<min(event.chunk * 10 + 10, 95))
          #expect(event.outcome == .done && event.duration >= .milliseconds(2 * event.inputs.count))
          #expect(event.end == event.begin + event.duration)
        }
        for worker in statistics.workers {
          let own = chunks.filter { $0.worker == worker.index }
          #expect(worker.chunks == own.count && worker.failures == 0)
          #expect(worker.busy == own.reduce(.zero) { $0 + $1.duration })
          // A worker does one chunk after another.
          for (one, next) in zip(own, own.dropFirst()) { #expect(one.end! <= next.begin) }
        }
        let slowest = statistics.slowestChunks(4).map(\.duration)
        #expect(slowest == Array(chunks.map(\.duration).sorted(by: >).prefix(4)))
        // A worker without work is idle, and not busy.
        let later = try #require(pool.statistics)
        #expect(zip(statistics.workers, later.workers).allSatisfy { $0.idle < $1.idle && $0.busy == $1.busy })
        #expect(later.workers.allSatisfy { $0.startUp > .zero })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `the last chunk of a killed worker is known after its death`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 1, collectsStatistics: true)
        _ = try pool.map(Cube.self, 0..<40, chunkSize: 10)
        let gate = try Gate()
        let future = try pool.submit(Hold.self, gate, retries: 1)
        gate.hasBegun.wait()
        let held = try #require(pool.statistics?.events.last)
        #expect(held.outcome == .underWay && held.end == nil && held.kind == .chunk)
        gate.hasBegun.clear()
        kill(pid_t(pool.workerPIDs[0]), SIGKILL)
        // Another worker has started the task again.
        gate.hasBegun.wait()
        gate.mayEnd.set()
        #expect(try future.result() == 7)
        let statistics = try #require(pool.statistics)
        #expect(statistics.deaths == 1 && statistics.retries == 1)
        let worker = try #require(statistics.workers.first)
        #expect(worker.chunks == 5 && worker.tasks == 41 && worker.failures == 1)
        let kinds = statistics.events.map { "\($0.kind) \($0.outcome)" }
        #expect(
          kinds == ["startUp done"] + Array(repeating: "chunk done", count: 4)
            + ["chunk died", "startUp done", "chunk done"])
        #expect(statistics.events[5].begin == held.begin && statistics.events[5].end != nil)
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `failed chunks are counted, and replaced workers do not count as deaths`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 1, maxTasksPerWorker: 5, collectsStatistics: true)
        _ = try pool.map(Cube.self, 0..<20, chunkSize: 1)
        #expect(code { try pool.map(EvenOnly.self, [2, 3, 4], chunkSize: 1) } == .threw)
        let statistics = try #require(pool.statistics)
        #expect(statistics.chunks == 21 && statistics.workers[0].failures == 1 && statistics.deaths == 0)
        #expect(statistics.events.count { $0.outcome == .failed } == 1)
        #expect(statistics.events.count { $0.kind == .startUp } >= 4)
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `only the latest of many events are kept, and the sums include all events`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ClosurePool(workers: 1, collectsStatistics: true) { (n: Int) in n }
        #expect(try pool.map(0..<5000, chunkSize: 1) == Array(0..<5000))
        let statistics = try #require(pool.pool.statistics)
        #expect(statistics.chunks == 5000 && statistics.workers[0].tasks == 5000)
        #expect(statistics.events.map(\.chunk) == Array(5000 - 2047..<5000))
        pool.shutdown()
      }
    }
  }

  @Test func `statistics can be read while workers write`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2, collectsStatistics: true)
        onThreads(2) { thread in
          for _ in 0..<(thread == 0 ? 20 : 100) {
            if thread == 0 {
              try? pool.forEach(Cube.self, 0..<10_000, chunkSize: 1)
            } else {
              expectWhole(pool)
            }
          }
        }
        #expect(pool.statistics?.tasks == 200_000)
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a pool collects statistics only on request, also without workers`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let silent = try ProcessPool(workers: 1)
        _ = try silent.map(Cube.self, 0..<10)
        #expect(silent.statistics == nil)
        silent.shutdown()
        let here = try ProcessPool(workers: 0, collectsStatistics: true)
        _ = try here.map(Cube.self, 0..<10)
        #expect(here.statistics?.tasks == 10 && here.statistics?.workers.count == 1)
        here.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }
}

/// Checks that no event mixes the parts of two events.
private func expectWhole(_ pool: ProcessPool) {
  let events = pool.statistics?.events.filter { $0.kind == .chunk } ?? []
  #expect(events.allSatisfy { $0.inputs == $0.chunk..<$0.chunk + 1 && $0.duration < .seconds(60) })
  for worker in 0..<2 {
    let own = events.filter { $0.worker == worker }
    #expect(own.dropLast().allSatisfy { $0.outcome == .done })
  }
}
