internal import Glibc

// SAFETY: This covers the whole file. Each buffer is local, and the C functions receive its true
// size.

/// Makes SIGALRM write where this process and its descendants are blocked to the standard error of
/// the test run, before it ends this process as usual. The parent process is the test run.
package func reportHangAtAlarm() {
  signal(SIGALRM) { _ in
    // The thread may hold the allocator's lock. The second alarm then ends the process.
    signal(SIGALRM, SIG_DFL)
    alarm(5)
    let output = unsafe open("/proc/\(getppid())/fd/2", O_WRONLY | O_APPEND | O_CLOEXEC)
    if output >= 0 {
      writeBacktrace(to: output)
      var text = "A test reached its time limit.\n"
      for pid in familyOfThisProcess() { text += stateOfThreads(pid) }
      unsafe text.withCString { unsafe _ = write(output, $0, strlen($0)) }
      close(output)
    }
    raise(SIGALRM)
  }
}

/// Writes the frames of this thread. Swift does not import the two functions.
private func writeBacktrace(to output: CInt) {
  typealias Frames = UnsafeMutablePointer<UnsafeMutableRawPointer?>
  guard let find = unsafe dlsym(nil, "backtrace"), let print = unsafe dlsym(nil, "backtrace_symbols_fd")
  else { return }
  let found = unsafe unsafeBitCast(find, to: (@convention(c) (Frames, CInt) -> CInt).self)
  let written = unsafe unsafeBitCast(print, to: (@convention(c) (Frames, CInt, CInt) -> Void).self)
  unsafe withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer?.self, capacity: 64) { frames in
    unsafe written(frames.baseAddress!, found(frames.baseAddress!, 64), output)
  }
}

/// Returns this process and its descendants.
private func familyOfThisProcess() -> [Int] {
  let all = processTable()
  var family = [Int(getpid())]
  var count = 0
  while count != family.count {
    count = family.count
    family += all.filter { family.contains($0.parent) && !family.contains($0.pid) }.map(\.pid)
  }
  return family
}

/// Returns a line for each thread of a process: its name, state, kernel function and system call.
private func stateOfThreads(_ pid: Int) -> String {
  entries(of: "/proc/\(pid)/task").compactMap { Int($0) }.sorted().map { thread in
    let directory = "/proc/\(pid)/task/\(thread)"
    let status = content(directory + "/status").split(separator: "\n")
    let (name, state) = (status.first ?? "", status.first { $0.hasPrefix("State:") } ?? "")
    return "process \(pid) thread \(thread) \(name) \(state) in \(content(directory + "/wchan")), "
      + "system call \(content(directory + "/syscall"))\n"
  }.joined()
}

private func entries(of directory: String) -> [String] {
  guard let stream = unsafe opendir(directory) else { return [] }
  defer { unsafe closedir(stream) }
  var names: [String] = []
  while let entry = unsafe readdir(stream) {
    names.append(
      unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      })
  }
  return names
}

/// Returns the text of a file, without the newline at its end; "" if the file cannot be read.
private func content(_ path: String) -> String {
  let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return "" }
  defer { close(file) }
  var bytes = [UInt8](repeating: 0, count: 4096)
  let count = unsafe read(file, &bytes, bytes.count)
  let text = String(decoding: bytes[..<max(count, 0)], as: UTF8.self)
  return text.last == "\n" ? String(text.dropLast()) : text
}
