// The state after kill -9, step by step: each part kills a process at the worst instant, prints the
// state that other processes see, and verifies the final results.
//
//   recovery            all parts
//   recovery PART...    the named parts: mutex queue pool team name

import Glibc
import SharedArrays

@main
enum Recovery {
  static let parts: [(name: String, title: String, run: @Sendable () throws -> Void)] = [
    ("mutex", "The owner of a mutex, half-way through a change", recoverMutex),
    ("queue", "A consumer while it holds an item", recoverQueue),
    ("pool", "A worker of a pool in the middle of a map", recoverPool),
    ("team", "A member of a team in the middle of a step", recoverTeam),
    ("name", "The creator of a named array", recoverName),
  ]

  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if let wrong = arguments.first(where: { argument in !parts.contains { $0.name == argument } }) {
      let names = parts.map(\.name).joined(separator: " ")
      print("recovery: \(wrong) is not a part; usage: recovery [PART...], from \(names)", to: &standardError)
      exit(64)
    }
    do {
      for part in parts where arguments.isEmpty || arguments.contains(part.name) {
        print("\(part.name): \(part.title)")
        try part.run()
      }
    } catch {
      print("recovery: \(error)", to: &standardError)
      exit(1)
    }
    if Check.failures > 0 {
      print("recovery: \(Check.failures) of the checks failed", to: &standardError)
      exit(1)
    }
  }
}

/// Prints a step.
func say(_ text: String) { print("  \(text)") }

/// The verification of results.
enum Check {
  private(set) nonisolated(unsafe) static var failures = 0

  /// Prints whether a condition is true, and counts failures.
  static func that(_ isSo: Bool, _ what: String) {
    if !isSo { failures += 1 }
    print("  \(isSo ? "checked" : "WRONG"): \(what)")
  }
}

/// A process that reaches the worst instant, signals it, and stays there until it is killed.
struct Victim {
  private let process: WorkerProcess<NoValue>

  /// Starts the process, and waits until it has reached the worst instant.
  ///
  /// - Parameter body: A function that calls its argument at the worst instant.
  init(_ name: String, _ body: @escaping (_ stayHere: () -> Void) throws -> Void) throws {
    let isThere = try SharedEvent()
    process = try WorkerProcess.start(name: name) {
      try body {
        isThere.set()
        while true { pause() }
      }
      return NoValue()
    }
    if !isThere.wait(timeout: .seconds(30)) { throw NotThere(name: name) }
  }

  var pid: Int { process.pid }

  /// Kills the process by SIGKILL, and prints how it ended.
  func kill() throws {
    process.kill()
    try process.join()
    say("kill -9: \(process.name) \(process.termination.map { "\($0)" } ?? "lives")")
  }
}

extension SharedArray {
  /// Whether the array has these elements.
  func has(_ elements: [Element]) -> Bool { Array(self.elements) == elements }
}

struct NotThere: Error {
  var name: String
}

struct StandardError: TextOutputStream {
  func write(_ text: String) { unsafe Glibc.write(2, text, text.utf8.count) }
}

nonisolated(unsafe) var standardError = StandardError()
