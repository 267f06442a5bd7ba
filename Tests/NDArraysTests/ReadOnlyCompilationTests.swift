import Foundation
import TestSupport
import Testing

/// What must not compile: writing through an array that was attached or mapped for reading.
@Suite(.timeLimit(.minutes(2)))
struct ReadOnlyCompilationTests {
  /// Every statement compiles for the array that can be written, and none of them for the other.
  private static let writes = [
    "x[0] = 1", "x[0, 0] += 1", "x.fill(0)", "x.update { $0 + 1 }", "try x.update(from: y)",
    "var s = x.mutableSpan; s[0] = 1", "var s = x.mutableSpan(row: 0); s[0] = 1", "try x.flush()",
    "try x.unlink()",
    "var z = x; try z.detach()",
  ]

  @Test func `an array for reading has no way to write`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/Writes.swift"
      let functions = ["SharedArray", "ReadOnlySharedArray"].flatMap { type in
        Self.writes.map { statement in
          "func f(_ x: \(type)<Double>, _ y: SharedArray<Double>) throws { \(statement) }"
        }
      }
      let numbered = functions.enumerated().map { number, text in
        text.replacingOccurrences(of: "func f(", with: "func f\(number)(")
      }
      try ("import NDArrays\nimport SharedMemory\n" + numbered.joined(separator: "\n") + "\n")
        .write(toFile: path, atomically: false, encoding: .utf8)
      let output = try compile(path, in: directory)
      // The functions start on line 3.
      let faulty = Set(
        output.split(separator: "\n").compactMap { line -> Int? in
          guard line.contains("Writes.swift:"), line.contains(": error:") else { return nil }
          return line.split(separator: ":").dropFirst().first.flatMap { Int($0) }
        })
      let count = Self.writes.count
      #expect(faulty == Set(3 + count..<3 + 2 * count), "\(output)")
    }
  }

  /// The compiler's messages on a file that uses the modules of this build.
  private func compile(_ path: String, in directory: String) throws -> String {
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let build = URL(filePath: program).deletingLastPathComponent()
    let package = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let checkouts = build.deletingLastPathComponent().deletingLastPathComponent().appending(path: "checkouts")
    let maps = [
      package.appending(path: "CShims/include/module.modulemap"),
      build.appending(path: "CShims.build/module.modulemap"),
      build.appending(path: "CKernels.build/module.modulemap"),
      checkouts.appending(path: "swift-numerics/Sources/_NumericsShims/include/module.modulemap"),
    ]
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      [
        "swiftc", "-typecheck", "-swift-version", "6", "-I", build.appending(path: "Modules").path,
        "-module-cache-path", directory + "/modules", path,
      ]
      + maps.filter { FileManager.default.fileExists(atPath: $0.path) }.flatMap {
        ["-Xcc", "-fmodule-map-file=" + $0.path]
      }
    _ = FileManager.default.createFile(atPath: directory + "/messages", contents: nil)
    let messages = try FileHandle(forWritingTo: URL(filePath: directory + "/messages"))
    process.standardError = messages
    process.standardOutput = messages
    try process.run()
    process.waitUntilExit()
    return try String(contentsOfFile: directory + "/messages", encoding: .utf8)
  }
}
