internal import Glibc

/// An entry of the process table.
package struct ProcessEntry {
  package let pid: Int
  package let state: Character
  package let parent: Int
  package let group: Int

  /// Whether the process has not ended yet.
  package var isAlive: Bool { state != "Z" && state != "X" }
}

/// Returns the visible processes with at least a given number. The function makes simple calls
/// only, so a forked child can call it.
package func processTable(from lowest: Int = 1) -> [ProcessEntry] {
  guard let directory = unsafe opendir("/proc") else { return [] }
  defer { unsafe closedir(directory) }
  var entries: [ProcessEntry] = []
  while let entry = unsafe readdir(directory) {
    // SAFETY: The kernel terminates d_name with a zero.
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
  // The fields follow the program's name, which is in parentheses and can contain any character.
  guard count > 0, let end = bytes[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
  let fields = bytes[(end + 1)..<count].split(separator: UInt8(ascii: " "), maxSplits: 3)
  guard fields.count == 4, let state = fields[0].first else { return nil }
  return ProcessEntry(
    pid: pid, state: Character(UnicodeScalar(state)), parent: number(fields[1]), group: number(fields[2]))
}

private func number(_ digits: some Sequence<UInt8>) -> Int {
  digits.reduce(0) { $0 * 10 + Int($1) - 48 }
}
