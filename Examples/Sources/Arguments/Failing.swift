import Glibc

/// Ends the program with a sentence that begins with the program's name; exit code 64 is for wrong usage.
package func fail(_ text: String, code: Int32 = 1) -> Never {
  let program = CommandLine.arguments.first?.split(separator: "/").last ?? "example"
  let line = "\(program): \(text)\n"
  write(2, line, line.utf8.count)
  exit(code)
}
