/// How many processes the kernel has killed for want of memory: in this process's control group, and on the whole machine.
///
/// To be compared with an earlier count, where a process was killed and nobody says by whom.
package struct MemoryKills: Hashable, Sendable {
  private let group: Int?
  private let machine: Int?

  /// The counts of now; each is unknown where it cannot be read.
  package static func now() -> MemoryKills {
    MemoryKills(
      group: ControlGroup.memoryKillFile.flatMap { count(in: $0) }, machine: count(in: "/proc/vmstat"))
  }

  /// Whether the kernel may have killed a process of the group since an earlier count. Not if either count is the same.
  package func mayHaveGrown(since earlier: MemoryKills) -> Bool {
    if let group, group == earlier.group { return false }
    if let machine, machine == earlier.machine { return false }
    return true
  }

  private static func count(in path: String) -> Int? { readSmallFile(path).flatMap { count(inText: $0) } }

  /// The number behind the word `oom_kill` in a text of such lines.
  package static func count(inText text: String) -> Int? {
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2, words[0] == "oom_kill" { return Int(words[1]) }
    }
    return nil
  }

  package init(group: Int?, machine: Int?) {
    self.group = group
    self.machine = machine
  }
}
