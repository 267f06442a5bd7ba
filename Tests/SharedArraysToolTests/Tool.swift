import Foundation
import TestSupport
import Testing

/// What a command printed, and how it ended.
struct Outcome {
  let output, errors: String
  let status: Int32

  /// The parsed JSON of the output.
  func json() throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(output.utf8))
    return try #require(value as? [String: Any])
  }

  /// The objects under one key of the JSON, by name.
  func objects(_ key: String) throws -> [String: [String: Any]] {
    let list = try #require(try json()[key] as? [[String: Any]])
    return Dictionary(uniqueKeysWithValues: list.map { ($0["name"] as? String ?? "", $0) })
  }
}

/// The directory in which the programs lie beside the test bundle.
let programs: String = {
  let test = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  return test.split(separator: "/").dropLast().map { "/" + $0 }.joined()
}()

extension Outcome {
  /// What Python prints for an expression of `d`, the output as its parser of JSON understands it.
  func python(_ expression: String) throws -> String {
    try withTemporaryFolder { folder in
      try Data(output.utf8).write(to: URL(filePath: folder + "/json"))
      // JSON has no NaN; Python would accept it.
      let program = """
        import json, sys
        def refuse(word): raise ValueError(word)
        d = json.load(open(sys.argv[1]), parse_constant=refuse)
        print(\(expression))
        """
      return try TestSupport.python(program, folder + "/json")
    }
  }

  /// Whether it has failed with exit code 1, one sentence on stderr that contains `text`, and no output.
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

/// Runs `body` with a name of its own; whatever names start with it are removed afterwards.
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
