import Glibc

/// Prints the program's name and a sentence to standard error, and exits.
///
/// - Parameter code: The exit code; 64 means wrong usage.
package func fail(_ text: String, code: Int32 = 1) -> Never {
  let program = CommandLine.arguments.first?.split(separator: "/").last ?? "example"
  let line = "\(program): \(text)\n"
  write(2, line, line.utf8.count)
  exit(code)
}
