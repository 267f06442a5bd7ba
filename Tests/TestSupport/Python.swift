internal import SharedArraysSystem

/// The error of a Python program that failed.
package struct PythonError: Error, CustomStringConvertible {
  package let description: String
}

/// Runs a program in a Python that has NumPy, with the arguments as its `sys.argv[1:]`.
///
/// - Returns: The output of the program, without the last newline.
/// - Throws: ``PythonError`` with the program's output on stderr if it fails or takes longer than a
///   minute.
package func python(_ program: String, _ arguments: String...) throws -> String {
  guard let interpreter = pythonInterpreter else {
    throw PythonError(description: "No python3 here can import numpy.")
  }
  return try run([interpreter, "-c", program] + arguments)
}

/// Whether ``python(_:_:)`` can run programs, for tests that are skipped without Python.
package var pythonIsAvailable: Bool { pythonInterpreter != nil }

/// The Python that has NumPy, as a word that `env` finds, for tests that start it themselves.
package let pythonInterpreter: String? = ["python3", "/usr/bin/python3"].first { candidate in
  (try? run([candidate, "-c", "import numpy"])) != nil
}

private func run(_ words: [String]) throws -> String {
  let outcome = try runProgram(words)
  guard outcome.termination == .exited(code: 0) else {
    throw PythonError(description: "\(words[0]) \(outcome.ending): \(outcome.errors)")
  }
  return outcome.output.last == "\n" ? String(outcome.output.dropLast()) : outcome.output
}
