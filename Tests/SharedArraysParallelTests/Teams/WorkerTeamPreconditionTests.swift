import Glibc
import SharedArraysParallel
import SharedArraysTransfer
import Testing

/// Mistakes that end the process with a message.
enum TeamMisuse: Codable, CaseIterable {
  case noWorkers, tooManyWorkers, runInRun, deserter, largeValue, noSuchRoot, negativeCount

  var sentence: String {
    switch self {
    case .noWorkers: "A team has 1 to 1000 workers, not 0."
    case .tooManyWorkers: "A team has 1 to 1000 workers, not 1001."
    case .runInRun: "A running team cannot be run again, neither by its own closure nor by another thread."
    case .deserter: "Worker 0 of a team has returned while all other workers wait for it at the barrier."
    case .largeValue: "Workers of a team can exchange at most 256 bytes at once, not 264."
    case .noSuchRoot: "A team of 1 has no worker 1."
    case .negativeCount: "partition(of:) needs a count of at least 0, not -1."
    }
  }

  func happen() throws {
    switch self {
    case .noWorkers: _ = try WorkerTeam(workers: 0) { _ in }
    case .tooManyWorkers: _ = try WorkerTeam(workers: 1001) { _ in }
    case .runInRun:
      let holder = TeamHolder()
      holder.team = try WorkerTeam(workers: 1, includesCaller: true) { _ in try holder.team?.run() }
      try holder.team?.run()
    case .deserter: try WorkerTeam(workers: 3) { if $0.index > 0 { try $0.barrier() } }.run()
    case .largeValue:
      try alone { _ = try $0.broadcast(InlineArray<33, Int>(repeating: 0), from: 0) }
    case .noSuchRoot: try alone { _ = try $0.broadcast(0, from: 1) }
    case .negativeCount: try alone { worker in _ = worker.partition(of: -1) }
    }
  }

  private func alone(_ body: @escaping (TeamContext) throws -> Void) throws {
    try WorkerTeam(workers: 1, includesCaller: true, body).run()
  }
}

@Suite(.serialized, .timeLimit(.minutes(2)))
struct WorkerTeamPreconditionTests {
  @Test(arguments: TeamMisuse.allCases)
  func `a mistake ends the program with a sentence`(misuse: TeamMisuse) async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [misuse] in
      try misuse.happen()
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains(misuse.sentence), "\(text)")
  }
}

private final class TeamHolder {
  var team: WorkerTeam<NoValue>?
}
