internal import CSharedArraysShims
internal import Glibc
package import SharedArraysSystem

// SAFETY: This covers the whole file. The C functions and `read` receive local variables and
// buffers with their true sizes.

/// The termination and the output of a program.
package struct ProgramOutcome {
  package let output, errors: String
  /// Nil if the program was killed at its time limit.
  package let termination: ProcessTermination?

  /// The exit code, or the number of the signal; nil if the program was killed at its time limit.
  package var status: Int? {
    switch termination {
    case .exited(let code): code
    case .signaled(let signal): signal
    case .unknown, nil: nil
    }
  }

  /// A phrase such as "exited with code 1".
  package var ending: String { termination?.description ?? "was killed at its time limit" }
}

/// Runs a program, found through `PATH`, with an empty standard input. The program is killed and
/// reaped at the limit.
///
/// The function waits for the process through its pidfd. Foundation's `Process` waits for the end
/// of a socket instead, and misses it occasionally.
///
/// - Parameter joinsErrors: Whether the output includes what the program writes to standard error.
package func runProgram(
  _ words: [String], within limit: Duration = .seconds(60), joinsErrors: Bool = false
) throws -> ProgramOutcome {
  // The output uses files instead of pipes: a child that is forked during the run would keep a pipe
  // open, and a pipe can fill up.
  let output = try OwnedDescriptor.anonymousMemory(label: "stdout")
  let errors = try OwnedDescriptor.anonymousMemory(label: "stderr")
  let input = try OwnedDescriptor.openFile("/dev/null", .readOnly)
  let process = try spawn(
    words, input: input.rawValue, output: output.rawValue,
    errors: joinsErrors ? output.rawValue : errors.rawValue)
  let termination = try wait(for: process, until: Deadline(after: limit))
  return ProgramOutcome(output: try text(of: output), errors: try text(of: errors), termination: termination)
}

/// Waits for a child and reaps it. At the deadline it kills the child and returns nil.
private func wait(for process: CInt, until deadline: Deadline) throws -> ProcessTermination? {
  let pidfd = OwnedDescriptor(owning: try systemCall("pidfd_open") { cshims_pidfd_open(process) })
  var ready: [UInt8] = [0]
  guard try pollDescriptors([pidfd.rawValue], ready: &ready, until: deadline) == 1 else {
    _ = cshims_kill_and_reap(process)
    return nil
  }
  var (kind, status): (CInt, CInt) = (0, 0)
  var mostMemory: Int64 = 0
  _ = try systemCall("waitid") { unsafe cshims_reap(pidfd.rawValue, &kind, &status, &mostMemory) }
  return kind == CInt(CSHIMS_EXITED) ? .exited(code: Int(status)) : .signaled(Int(status))
}

private func text(of file: borrowing OwnedDescriptor) throws -> String {
  let count = try file.status().byteCount
  return try unsafe withUnsafeTemporaryAllocation(byteCount: count + 1, alignment: 1) { buffer in
    let count = try unsafe file.read(into: buffer, at: 0)
    return unsafe String(decoding: buffer.prefix(count), as: UTF8.self)
  }
}
