import Foundation
import TestSupport
import Testing

/// Tests that code cannot write through an array that was attached or mapped for reading.
@Suite(.timeLimit(.minutes(2)))
struct ReadOnlyCompilationTests {
  /// Every statement compiles for the writable array, and none of them for the read-only one.
  private static let writes = [
    "x[0] = 1", "x[0, 0] += 1", "x.fill(0)", "x.update { $0 + 1 }", "try x.update(from: y)",
    "var s = x.mutableSpan; s[0] = 1", "var s = x.mutableSpan(row: 0); s[0] = 1", "try x.flush()",
    "try x.unlink()",
    "var z = x; try z.detach()",
  ]

  @Test func `code that writes to a read-only array does not compile`() throws {
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
      try ("import SharedArraysCore\nimport SharedArraysMemory\n" + numbered.joined(separator: "\n") + "\n")
        .write(toFile: path, atomically: false, encoding: .utf8)
      let output = try messagesOfCompiling(path, in: directory)
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
}
