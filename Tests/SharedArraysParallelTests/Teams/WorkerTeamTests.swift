import Glibc
import SharedArraysCore
import SharedArraysMemory
import SharedArraysParallel
import SharedArraysSystem
import TestSupport
import Testing

/// The kind of a team, in a form that can be passed to the process of an exit test. All workers
/// sleep if they outnumber the cores.
struct TeamKind: Codable, Hashable, CustomStringConvertible {
  var workers: Int
  var includesCaller: Bool

  var memberCount: Int { includesCaller ? workers - 1 : workers }
  var description: String { "\(workers) workers\(includesCaller ? ", the caller is one" : "")" }

  func team<Parameter>(
    _ body: @escaping (TeamContext, Parameter) throws -> Void
  ) throws(TeamError) -> WorkerTeam<Parameter> {
    try WorkerTeam(workers: workers, includesCaller: includesCaller, body)
  }

  static let all = [1, 2, 3, 7].flatMap {
    [TeamKind(workers: $0, includesCaller: false), .init(workers: $0, includesCaller: true)]
  }
  static let several = all.filter { $0.workers > 1 }
}

@Suite(.serialized, .timeLimit(.minutes(3)))
struct WorkerTeamTests {
  @Test(arguments: TeamKind.all)
  func `each run does every share once, with the parameter of the run`(kind: TeamKind) async {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        for rows in [0, 1, 5, 100] {
          let array = try SharedArray<Int>(shape: [rows, 3])
          let team = try kind.team { (worker: TeamContext, step: Int) in
            worker.slab(of: array).update { $0 + step }
          }
          var sum = 0
          for run in 1...300 {
            try team.run(run, timeout: longTime)
            sum += run
          }
          #expect(array.toArray() == [Int](repeating: sum, count: rows * 3))
          #expect(team.workerCount == kind.workers && team.workerPIDs.count == kind.memberCount)
        }
      }
    }
  }

  @Test(arguments: TeamKind.all)
  func `members are not the caller, and stay the same processes from run to run`(kind: TeamKind) async {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        let pids = try SharedArray<Int>(shape: [kind.workers])
        let team = try kind.team { (worker: TeamContext, _: Int) in pids[worker.index] = currentProcess() }
        let expected = team.workerPIDs.map { $0! } + (kind.includesCaller ? [currentProcess()] : [])
        for _ in 0..<20 {
          pids.fill(0)
          try team.run(0, timeout: longTime)
          #expect(pids.toArray() == expected)
        }
        #expect(Set(expected).count == kind.workers)
        #expect(kind.includesCaller || !expected.contains(currentProcess()))
      }
    }
  }

  @Test(arguments: TeamKind.all)
  func `all workers see after a barrier what all workers wrote before it`(kind: TeamKind) async {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        let values = try SharedArray<Int>(shape: [kind.workers])
        let wrong = try SharedArray<Int>(shape: [kind.workers])
        let team = try kind.team { (worker: TeamContext, rounds: Int) in
          for round in 0..<rounds {
            values[worker.index] = round * 10 + worker.index
            try worker.barrier()
            for other in 0..<worker.count where values[other] != round * 10 + other {
              wrong[worker.index] += 1
            }
            try worker.barrier()
          }
        }
        for _ in 0..<20 { try team.run(25, timeout: longTime) }
        #expect(wrong.toArray() == [Int](repeating: 0, count: kind.workers))
      }
    }
  }

  @Test(arguments: TeamKind.all)
  func `a reduction combines in the order of the workers, and all get its result in each round`(
    kind: TeamKind
  ) async {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        let results = try SharedArray<Int>(shape: [kind.workers])
        let team = try kind.team { (worker: TeamContext, seed: Int) in
          var value = seed
          for _ in 0..<10 {
            // The operation is neither commutative nor associative.
            value = try worker.reduce(value &+ worker.index) { $0 &* 31 &- $1 }
          }
          results[worker.index] = value
        }
        for seed in 1...30 {
          try team.run(seed, timeout: longTime)
          var value = seed
          for _ in 0..<10 {
            value = (1..<kind.workers).reduce(value) { [value] in $0 &* 31 &- (value &+ $1) }
          }
          #expect(results.toArray() == [Int](repeating: value, count: kind.workers))
        }
      }
    }
  }

  @Test(arguments: TeamKind.all)
  func `a broadcast gives all workers the value of one, also with 256 bytes`(kind: TeamKind) async {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        let results = try SharedArray<Int>(shape: [kind.workers, 32])
        let team = try kind.team { (worker: TeamContext, root: Int) in
          let own = InlineArray<32, Int> { $0 + 100 * worker.index }
          let value = try worker.broadcast(own, from: root)
          for i in 0..<32 { results[worker.index, i] = value[i] }
        }
        for root in 0..<kind.workers {
          try team.run(root, timeout: longTime)
          let expected = (0..<kind.workers).flatMap { _ in (0..<32).map { $0 + 100 * root } }
          #expect(results.toArray() == expected)
        }
      }
    }
  }

  @Test(arguments: TeamKind.all)
  func `parameters of any size arrive`(kind: TeamKind) async {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        // A parameter that fits beside the number of the run, one that just does not, and one that
        // needs pages.
        try expectParametersArrive(InlineArray<6, Int>.self, kind)
        try expectParametersArrive(InlineArray<7, Int>.self, kind)
        try expectParametersArrive(InlineArray<3000, Int>.self, kind)
      }
    }
  }

  @Test(arguments: [1, 2, 3, 5, 8], [0, 1, 2, 7, 8, 1000])
  func `shares are disjoint, cover all indices in order, and differ by one at most`(workers: Int, count: Int)
    async
  {
    await #expect(processExitsWith: .success) { [workers, count] in
      inOwnProcess {
        let bounds = try SharedArray<Int>(shape: [workers, 2])
        let team = try WorkerTeam(workers: workers) { worker in
          let share = worker.partition(of: count)
          (bounds[worker.index, 0], bounds[worker.index, 1]) = (share.lowerBound, share.upperBound)
        }
        try team.run(timeout: longTime)
        let shares = (0..<workers).map { bounds[$0, 0]..<bounds[$0, 1] }
        #expect(shares.flatMap { Array($0) } == Array(0..<count))
        #expect(shares.map(\.count).max()! - shares.map(\.count).min()! <= 1)
      }
    }
  }

  @Test func `teams live side by side, run in turns, and leave no process and no descriptor`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pids = try SharedWords()
        let termination = try forkedChild(within: .seconds(60)) {
          guard let array = try? SharedArray<Int>(shape: [64]) else { return 1 }
          _ = try? WorkerTeam(workers: 1) { _ in }
          let before = (openDescriptors(), mappingCount())
          for round in 0..<5 {
            guard
              let first = try? WorkerTeam(workers: 2, { worker in worker.slab(of: array).update { $0 + 1 } }),
              let second = try? WorkerTeam(
                workers: 3, includesCaller: true,
                { worker in
                  worker.slab(of: array).update { $0 * 2 }
                })
            else { return 2 }
            array.fill(0)
            for _ in 0..<10 {
              guard (try? first.run()) != nil, (try? second.run()) != nil else { return 3 }
            }
            if array.toArray() != [Int](repeating: 2046, count: 64) { return 4 }
            for (i, pid) in (first.workerPIDs + second.workerPIDs).enumerated() {
              pids[round * 4 + i] = pid ?? 1
            }
          }
          if waitpid(-1, nil, WNOHANG) != -1 || errno != ECHILD { return 5 }
          return (openDescriptors(), mappingCount()) == before ? 0 : 6
        }
        #expect(termination == .exited(code: 0))
        #expect((0..<20).allSatisfy { pids[$0] > 1 && processState(pids[$0]) == nil })
      }
    }
  }

  @Test func `an idle team uses no processor time`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let team = try WorkerTeam(workers: 2) { _ in }
        try team.run(timeout: longTime)
        sleepFor(milliseconds: 50)
        let before = team.workerPIDs.map { schedulings($0!) }
        sleepFor(milliseconds: 300)
        #expect(team.workerPIDs.map { schedulings($0!) } == before)
      }
    }
  }
}

/// Passes parameters of a type to a team, and checks every word of them.
private func expectParametersArrive<let count: Int>(_ type: InlineArray<count, Int>.Type, _ kind: TeamKind)
  throws
{
  let results = try SharedArray<Int>(shape: [kind.workers])
  let team = try kind.team { (worker: TeamContext, parameter: InlineArray<count, Int>) in
    results[worker.index] = digest(parameter, worker.index)
  }
  for run in 0..<20 {
    let parameter = InlineArray<count, Int> { $0 &* 77 &+ run }
    try team.run(parameter, timeout: longTime)
    let areExact = results.toArray() == (0..<kind.workers).map { digest(parameter, $0) }
    #expect(areExact, "\(count) words, run \(run)")
  }
}

private func digest<let count: Int>(_ words: InlineArray<count, Int>, _ seed: Int) -> Int {
  words.indices.reduce(seed) { $0 &* 31 &+ words[$1] }
}

/// Returns the number of times a process was scheduled on a core.
private func schedulings(_ pid: Int) -> Int? {
  // SAFETY: The path is zero-terminated, and `read` receives the true size of the buffer.
  let file = unsafe open("/proc/\(pid)/schedstat", O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return nil }
  defer { close(file) }
  var bytes = [UInt8](repeating: 0, count: 100)
  let count = unsafe read(file, &bytes, bytes.count)
  return Int(
    String(decoding: bytes[..<max(0, count)], as: UTF8.self).split { $0 == " " || $0 == "\n" }.last ?? "")
}
