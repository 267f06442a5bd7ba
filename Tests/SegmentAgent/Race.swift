import Glibc
import SharedArraysMemory
import SharedArraysSystem

/// Several processes create one name at once: exactly one of them succeeds.
enum Race {
  private enum Counter { static let start = 0, end = 1, done = 2, wins = 3, others = 4, wrong = 5, count = 6 }

  /// - Parameter overOrphans: Whether the name is taken by a temporary segment without a holder,
  ///   and half the processes sweep.
  static func run(name: String, processes: Int, rounds: Int, overOrphans: Bool) throws -> String {
    let counters = try Counters(Counter.count)
    var children: [Child] = []
    for index in 0..<processes {
      children.append(
        try Child {
          alarm(300)
          for round in 1...rounds {
            guard !overOrphans || index > 0 || (try? abandon(name, byteCount: 4096)) != nil else {
              counters.add(1, to: Counter.wrong)
              return 1
            }
            func meet(_ counter: Int) -> Bool {
              counters.barrier(counter, parties: processes, round: round, unless: Counter.wrong)
            }
            guard meet(Counter.start) else { return 1 }
            let won = overOrphans && index % 2 == 1 ? sweep() : create(name, counters)
            guard meet(Counter.end) else { return 1 }
            if index == 0, counters[Counter.wins] != round { counters.add(1, to: Counter.wrong) }
            _ = consume won
            guard meet(Counter.done) else { return 1 }
          }
          return 0
        })
    }
    let ends = children.map { $0.reap() }
    let text = """
      \(rounds) rounds, \(processes) processes: \(counters[Counter.wins]) succeeded, \
      \(counters[Counter.others]) failed with alreadyExists
      """
    guard ends.allSatisfy({ $0 == .exited(code: 0) }) else {
      throw AgentFailure(text: "\(text), the last round was wrong")
    }
    return text
  }

  private static func create(_ name: String, _ counters: borrowing Counters) -> Segment? {
    do throws(SharedMemoryError) {
      let segment = try Content.create(.named(name), byteCount: 4096, .temporary)
      counters.add(1, to: Counter.wins)
      return segment
    } catch {
      counters.add(1, to: error.code == .alreadyExists ? Counter.others : Counter.wrong)
      return nil
    }
  }

  private static func sweep() -> Segment? {
    _ = try? Segment.list()
    return nil
  }
}
