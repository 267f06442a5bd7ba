internal import CShims
internal import SystemLayer

/// A Python program could not run to its end.
package struct PythonError: Error, CustomStringConvertible {
  package let description: String
}

/// Runs a program in a Python that has NumPy; the arguments are its `sys.argv[1:]`.
///
/// - Returns: what it printed, without the last newline.
/// - Throws: ``PythonError`` with what it wrote to stderr if it fails or takes longer than a minute.
package func python(_ program: String, _ arguments: String...) throws -> String {
  guard let interpreter = pythonInterpreter else {
    throw PythonError(description: "No python3 here can import numpy.")
  }
  return try run([interpreter, "-c", program] + arguments)
}

/// Whether ``python(_:_:)`` can run anything, for tests that are to be skipped without it.
package var pythonIsAvailable: Bool { pythonInterpreter != nil }

/// The Python that has NumPy, for tests that start it themselves; a word that `env` finds.
package let pythonInterpreter: String? = ["python3", "/usr/bin/python3"].first { candidate in
  (try? run([candidate, "-c", "import numpy"])) != nil
}

private func run(_ words: [String]) throws -> String {
  // Files and not pipes: no child forked meanwhile can keep them from ending, and neither can fill up.
  let output = try OwnedDescriptor.anonymousMemory(label: "stdout")
  let errors = try OwnedDescriptor.anonymousMemory(label: "stderr")
  let process = try spawn(words, output: output.rawValue, errors: errors.rawValue)
  let pidfd = OwnedDescriptor(owning: try systemCall("pidfd_open") { cshims_pidfd_open(process) })
  var ready: [UInt8] = [0]
  guard try pollDescriptors([pidfd.rawValue], ready: &ready, until: Deadline(after: .seconds(60))) == 1 else {
    _ = cshims_kill_and_reap(process)
    throw PythonError(description: "\(words[0]) was still running after a minute.")
  }
  var kind: CInt = 0
  var status: CInt = 0
  var most: Int64 = 0
  _ = try systemCall("waitid") { unsafe cshims_reap(pidfd.rawValue, &kind, &status, &most) }
  guard kind == CInt(CSHIMS_EXITED), status == 0 else {
    throw PythonError(description: "\(words[0]) ended with status \(status): \(try text(of: errors))")
  }
  var result = try text(of: output)
  if result.last == "\n" { result.removeLast() }
  return result
}

private func text(of file: borrowing OwnedDescriptor) throws -> String {
  let count = try file.status().byteCount
  return try unsafe withUnsafeTemporaryAllocation(byteCount: count + 1, alignment: 1) { buffer in
    let count = try unsafe file.read(into: buffer, at: 0)
    return unsafe String(decoding: buffer.prefix(count), as: UTF8.self)
  }
}
