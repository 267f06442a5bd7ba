import Glibc

/// A line of the table of processes.
struct ProcessEntry {
  let pid: Int
  let state: Character
  let parent: Int
  let group: Int

  /// Whether it can still do anything.
  var isAlive: Bool { state != "Z" && state != "X" }
}

/// The processes that the kernel shows, from a number on; uses simple calls only, so a forked child may call
/// it.
func processTable(from lowest: Int = 1) -> [ProcessEntry] {
  guard let directory = unsafe opendir("/proc") else { return [] }
  defer { unsafe closedir(directory) }
  var entries: [ProcessEntry] = []
  while let entry = unsafe readdir(directory) {
    // SAFETY: the kernel ends d_name with a zero.
    let pid = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
      unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe atoi($0) }
    }
    if pid >= lowest, let entry = processEntry(Int(pid)) { entries.append(entry) }
  }
  return entries
}

private func processEntry(_ pid: Int) -> ProcessEntry? {
  let file = unsafe open("/proc/\(pid)/stat", O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return nil }
  defer { close(file) }
  var bytes = [UInt8](repeating: 0, count: 512)
  let count = unsafe read(file, &bytes, bytes.count)
  // The fields follow the name of the program, which is in parentheses and may hold any character.
  guard count > 0, let end = bytes[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
  let fields = bytes[(end + 1)..<count].split(separator: UInt8(ascii: " "), maxSplits: 3)
  guard fields.count == 4, let state = fields[0].first else { return nil }
  return ProcessEntry(
    pid: pid, state: Character(UnicodeScalar(state)), parent: number(fields[1]), group: number(fields[2]))
}

private func number(_ digits: some Sequence<UInt8>) -> Int {
  digits.reduce(0) { $0 * 10 + Int($1) - 48 }
}

/// A cheap random sequence that a forked child can go on with.
struct Dice {
  var state: UInt64

  mutating func roll(_ sides: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(sides))
  }
}
