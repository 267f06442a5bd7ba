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

/// Runs the tool on the /dev/shm of this machine.
func tool(_ arguments: String...) throws -> Outcome {
  try run(programs + "/sharedarray", arguments)
}

/// Runs a shell script with a /dev/shm that it alone sees, empty at first. `$tool` is the tool, `$agent` the
/// segment agent, `$folder` a directory of its own, `$1` and so on the arguments.
func inPrivateSharedMemory(_ script: String, _ arguments: String...) throws -> Outcome {
  try withTemporaryFolder { folder in
    let prologue = """
      mount -t tmpfs -o mode=1777 tmpfs /dev/shm || exit 99
      tool=\(programs)/sharedarray; agent=\(programs)/segment-agent; folder=\(folder)

      """
    return try run("/usr/bin/unshare", ["-m", "sh", "-c", prologue + script, "sh"] + arguments)
  }
}

/// Whether ``inPrivateSharedMemory(_:_:)`` works here: mounting takes privileges.
let canMount: Bool = (try? inPrivateSharedMemory("true").status) == 0

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
  // Files and not pipes: no child forked meanwhile can keep them from ending, and neither can fill up.
  try withTemporaryFolder { folder in
    let paths = ["output", "errors"].map { folder + "/" + $0 }
    for path in paths { try Data().write(to: URL(filePath: path)) }
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: paths[0])
    process.standardError = FileHandle(forWritingAtPath: paths[1])
    try process.run()
    process.waitUntilExit()
    let texts = try paths.map { String(decoding: try Data(contentsOf: URL(filePath: $0)), as: UTF8.self) }
    return Outcome(output: texts[0], errors: texts[1], status: process.terminationStatus)
  }
}
