import Glibc
import SharedArraysMemory
import SharedArraysSystem

/// A stress test: four processes open, check and detach one temporary segment, two more unlink it,
/// one lists, and all are killed from time to time.
///
/// A segment that a process holds must keep its name until a process unlinks that very segment. An
/// unlinker announces this in the segment's first word beforehand.
enum Churn {
  private enum Counter {
    static let lost = 0, errors = 1, attaches = 2, creates = 3, unlinks = 4, kills = 5, left = 6, count = 7
  }
  private static let workers = 4

  static func run(name: String, cycles: Int, seed: Int) throws -> String {
    let counters = try Counters(Counter.count)
    counters.add(cycles, to: Counter.left)
    var random = SeededGenerator(seed: seed)
    var children: [Child] = []
    for role in 0..<workers + 3 {
      children.append(try start(role, name, seed: Int(random.next() >> 32), counters))
    }
    let deadline = Deadline(after: .seconds(1200))
    while counters[Counter.left] > 0, !deadline.hasPassed {
      usleep(UInt32.random(in: 0..<4000, using: &random))
      let role = Int.random(in: children.indices, using: &random)
      children[role].kill()
      _ = children[role].reap()
      counters.add(1, to: Counter.kills)
      children[role] = try start(role, name, seed: Int(random.next() >> 32), counters)
      for (role, child) in children.enumerated() where child.hasEnded {
        // A worker that has killed itself or has finished.
        _ = child.reap()
        children[role] = try start(role, name, seed: Int(random.next() >> 32), counters)
      }
    }
    for child in children {
      child.kill()
      _ = child.reap()
    }
    _ = try Segment.list()
    let isLeft = names(in: "/dev/shm").contains(name)
    let text = """
      \(cycles) cycles, seed \(seed): \(counters[Counter.lost]) removed by mistake, \
      \(counters[Counter.errors]) errors, \(counters[Counter.attaches]) attached, \
      \(counters[Counter.creates]) created, \(counters[Counter.unlinks]) unlinked, \
      \(counters[Counter.kills]) killed
      """
    guard counters[Counter.lost] == 0, counters[Counter.errors] == 0, counters[Counter.left] <= 0, !isLeft
    else {
      throw AgentFailure(text: "\(text)\(isLeft ? ", and the name is left in /dev/shm" : "")")
    }
    return text
  }

  private static func start(
    _ role: Int, _ name: String, seed: Int, _ counters: borrowing Counters
  ) throws -> Child {
    try Child {
      var random = SeededGenerator(seed: seed)
      while counters[Counter.left] > 0 {
        do {
          if role < workers {
            try cycle(name, counters, &random)
          } else if role < workers + 2 {
            try unlink(name, counters)
            usleep(UInt32.random(in: 0..<100, using: &random))
          } else {
            _ = try Segment.list()
          }
        } catch let error as SharedMemoryError where error.code == .notFound {
        } catch {
          print(error)
          counters.add(1, to: Counter.errors)
        }
      }
      return 0
    }
  }

  private static func cycle(
    _ name: String, _ counters: borrowing Counters, _ random: inout SeededGenerator
  ) throws {
    let (segment, isNew) = try Content.openOrCreate(name, byteCount: 4096)
    counters.add(1, to: isNew ? Counter.creates : Counter.attaches)
    counters.add(-1, to: Counter.left)
    if Int.random(in: 0..<8, using: &random) == 0 { usleep(20) }
    // Looks up the name first: an unlinker writes the word before it removes the name.
    let named = try? SharedMemoryDirectory.status(of: name).identity
    if named != segment.identity, try Content.word(of: segment).value == 0 {
      counters.add(1, to: Counter.lost)
    }
    if Int.random(in: 0..<100, using: &random) == 0 {
      counters.add(1, to: Counter.kills)
      kill(getpid(), SIGKILL)
    }
  }

  private static func unlink(_ name: String, _ counters: borrowing Counters) throws {
    let segment = try Content.attach(name, .readWrite)
    try Content.word(of: segment).value = 1
    try segment.unlink()
    counters.add(1, to: Counter.unlinks)
  }
}
