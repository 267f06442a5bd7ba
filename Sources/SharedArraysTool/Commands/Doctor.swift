import ArgumentParser
import SharedArrays

/// A command that checks the requirements of the library.
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Checks whether this machine has what shared arrays need, and explains each result.",
    discussion: """
      Example: sharedarray doctor

      The exit code is 1 if a failed check makes the library unusable, otherwise 0.

      --json prints an object with the key checks, a list of objects with the keys name, state (ok, warn or \
      fail), value and meaning.
      """)

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let checks =
      KernelChecks.all() + MemoryChecks.all() + ComputeChecks.all()
    if json {
      try printJSON(["checks": checks])
    } else {
      print(
        table(
          ["STATE", "CHECK", "VALUE", "MEANING"],
          checks.map { check in
            [check.state.rawValue, check.name, check.value, check.meaning]
          }))
    }
    if checks.contains(where: { $0.state == .fail }) { throw ExitCode(1) }
  }
}

/// One line of the doctor's report.
struct Check: Encodable {
  enum State: String, Encodable { case ok, warn, fail }

  let name: String
  let state: State
  let value: String
  /// The meaning of the value for the user, as a phrase.
  let meaning: String

  init(_ name: String, _ state: State, _ value: String, _ meaning: String) {
    self.name = name
    self.state = state
    self.value = value
    self.meaning = meaning
  }
}
