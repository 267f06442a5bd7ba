import Foundation
import TestSupport
import Testing

/// The output and the exit status of a command.
struct Outcome {
  let output, errors: String
  let status: Int32

  /// Returns the parsed JSON of the output.
  func json() throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(output.utf8))
    return try #require(value as? [String: Any])
  }

  /// Returns the objects under one key of the JSON, by name.
  func objects(_ key: String) throws -> [String: [String: Any]] {
    let list = try #require(try json()[key] as? [[String: Any]])
    return Dictionary(uniqueKeysWithValues: list.map { ($0["name"] as? String ?? "", $0) })
  }
}

/// The directory that contains the programs and the test bundle.
let programs: String = {
  let test = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  return test.split(separator: "/").dropLast().map { "/" + $0 }.joined()
}()

extension Outcome {
  /// Returns what Python prints for an expression of `d`, the output parsed as JSON by Python.
  func python(_ expression: String) throws -> String {
    try withTemporaryFolder { folder in
      try Data(output.utf8).write(to: URL(filePath: folder + "/json"))
      // JSON has no NaN, but Python would accept it.
      let program = """
        import json, sys
        def refuse(word): raise ValueError(word)
        d = json.load(open(sys.argv[1]), parse_constant=refuse)
        print(\(expression))
        """
      return try TestSupport.python(program, folder + "/json")
    }
  }

  /// Whether the command failed with exit code 1, no output, and one sentence on stderr that
  /// contains `text`.
  func isRefusal(_ text: String) -> Bool {
    status == 1 && output.isEmpty && errors.hasPrefix("Error: ") && errors.hasSuffix(".\n")
      && errors.split(separator: "\n").count == 1 && !errors.contains(". ") && errors.contains(text)
  }
}

/// Runs the tool on the /dev/shm of this machine.
func tool(_ arguments: String...) throws -> Outcome {
  try run(programs + "/sharedarray", arguments)
}

func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "sharedarray-tool-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

/// Runs `body` with an unused name, and removes all names that start with it afterwards.
func withName(_ body: (String) throws -> Void) throws {
  let name = "tool-test-\(UUID().uuidString)"
  defer {
    for left in sharedMemoryNames() where left.hasPrefix(name) {
      try? FileManager.default.removeItem(atPath: "/dev/shm/" + left)
    }
  }
  try body(name)
}

func run(_ program: String, _ arguments: [String]) throws -> Outcome {
  let outcome = try runProgram([program] + arguments)
  guard let status = outcome.status else {
    throw HelperError("\(program) \(arguments) still ran after a minute")
  }
  return Outcome(output: outcome.output, errors: outcome.errors, status: Int32(status))
}
