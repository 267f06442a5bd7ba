/// The number of processes that the kernel has killed because memory ran out: in this process's
/// control group, and on the whole machine.
///
/// If a process was killed by an unknown sender, compare this with an earlier count.
package struct MemoryKills: Hashable, Sendable {
  private let group: Int?
  private let machine: Int?

  /// Returns the current counts; each is unknown where it cannot be read.
  package static func now() -> MemoryKills {
    MemoryKills(
      group: ControlGroup.memoryKillFile.flatMap { count(in: $0) }, machine: count(in: "/proc/vmstat"))
  }

  /// Returns whether the kernel might have killed a process of the group since an earlier count.
  /// Returns false if either count is unchanged.
  package func mayHaveGrown(since earlier: MemoryKills) -> Bool {
    if let group, group == earlier.group { return false }
    if let machine, machine == earlier.machine { return false }
    return true
  }

  private static func count(in path: String) -> Int? { readSmallFile(path).flatMap { count(inText: $0) } }

  /// Returns the number after the word `oom_kill` in a text of such lines.
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
