import ArgumentParser
import Foundation
import SharedArrays

@main
struct SharedArrayTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sharedarray",
    abstract: "Shows and manages arrays in shared memory.",
    discussion: """
      Named arrays are files in /dev/shm. Exit codes: 0 for success; 1 for a missing array, a bad name or \
      another failure, with a sentence on stderr; 64 for wrong usage.
      """,
    subcommands: [
      List.self, Info.self, Show.self, Create.self, Import.self, Export.self, Unlink.self,
      CollectGarbage.self, Doctor.self, Demo.self, Checksum.self,
    ])

  static func main() {
    // If a reader such as `head` stops reading, this program ends silently, whatever signal
    // disposition it inherited.
    signal(SIGPIPE, SIG_DFL)
    do {
      var command = try parseAsRoot()
      try command.run()
      guard isOutputWritten() else { throw ToolError("The output could not be written.") }
    } catch {
      exit(withError: inOneSentence(error))
    }
  }

  /// Returns the error in one sentence. The library's errors append a sentence on the system call
  /// to their own.
  private static func inOneSentence(_ error: any Error) -> any Error {
    switch error {
    case let error as SharedMemoryError: ToolError(error.sentence)
    case let error as NPYError: ToolError(error.sentence)
    case ImportError.file(let error): ToolError(error.sentence)
    case ImportError.memory(let error): ToolError(error.sentence)
    default: error
    }
  }
}

/// An error with a sentence for the user.
struct ToolError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Writes a sentence to stderr, in the form that ArgumentParser uses for the error that ends the
/// program.
func complain(_ sentence: String) {
  FileHandle.standardError.write(Data("Error: \(sentence)\n".utf8))
}

extension SharedMemoryError {
  /// The description, with the system call only if nothing else is known.
  var sentence: String {
    guard let underlying else { return description }
    let text = description.without(suffix: " \(underlying)")
    return code == .system ? text.without(suffix: ".") + ": \(underlying)" : text
  }
}

extension NPYError {
  /// The description in one sentence.
  fileprivate var sentence: String {
    guard let underlying else { return description }
    return description.without(suffix: ". \(underlying)") + ": \(underlying)"
  }
}

extension String {
  fileprivate func without(suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}
