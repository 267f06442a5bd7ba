internal import Glibc
internal import SharedArraysSystem

/// Returns the number of open descriptors of this process.
///
/// Other tests in the process also open descriptors, so compare counts in a forked child only. The
/// function makes only C calls, so a child can call it.
package func openDescriptors() -> Int {
  // One of the entries is the descriptor that reads the directory.
  countEntries(of: "/proc/self/fd") - 1
}

/// Returns the number of mappings of this process: the lines of /proc/self/maps. A forked child can
/// call it.
package func mappingCount() -> Int {
  let file = unsafe open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return -1 }
  defer { close(file) }
  return unsafe withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { buffer in
    var lines = 0
    while true {
      let count = unsafe read(file, buffer.baseAddress, buffer.count)
      if count <= 0 { return lines }
      for i in 0..<count where unsafe buffer[i] == UInt8(ascii: "\n") { lines += 1 }
    }
  }
}

/// Returns the first 64 cores that a process may use, as one bit each.
package func coresAllowed(toProcess pid: Int) -> UInt64? {
  processStatus("Cpus_allowed", ofProcess: pid).flatMap { list in
    UInt64(list.filter { $0 != "," }.suffix(16), radix: 16)
  }
}

/// Returns a field of /proc/PID/status, such as `Threads`.
package func processStatus(_ name: String, ofProcess pid: Int) -> String? {
  let lines = (readSmallFile("/proc/\(pid)/status") ?? "").split(separator: "\n")
  return lines.first { $0.hasPrefix(name + ":") }?.split(whereSeparator: \.isWhitespace).dropFirst().first
    .map(String.init)
}

/// Returns the names in /dev/shm.
package func sharedMemoryNames() -> Set<String> {
  var names: Set<String> = []
  unsafe forEachEntry(of: "/dev/shm") { name in
    if let name = unsafe String(validatingCString: name) { names.insert(name) }
  }
  return names
}

/// Returns the state of a process as shown in /proc, such as `R` (running), `S` (sleeping) or `Z`
/// (zombie); nil if no process has this number.
package func processState(_ pid: Int) -> Character? {
  let file = unsafe open("/proc/\(pid)/stat", O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return nil }
  defer { close(file) }
  var bytes = [UInt8](repeating: 0, count: 512)
  let count = unsafe read(file, &bytes, bytes.count)
  // The state follows the program's name, which is in parentheses and can contain any character.
  guard count > 0, let end = bytes[..<count].lastIndex(of: UInt8(ascii: ")")), end + 2 < count else {
    return nil
  }
  return Character(UnicodeScalar(bytes[end + 2]))
}

private func countEntries(of directory: String) -> Int {
  var count = 0
  unsafe forEachEntry(of: directory) { _ in count += 1 }
  return count
}

private func forEachEntry(of path: String, _ visit: (UnsafePointer<CChar>) -> Void) {
  guard let directory = unsafe opendir(path) else { return }
  defer { unsafe closedir(directory) }
  while let entry = unsafe readdir(directory) {
    // SAFETY: The kernel terminates d_name with a zero, and the entry lives until the next readdir.
    unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
      unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { name in
        if unsafe strcmp(name, ".") != 0, unsafe strcmp(name, "..") != 0 { unsafe visit(name) }
      }
    }
  }
}
