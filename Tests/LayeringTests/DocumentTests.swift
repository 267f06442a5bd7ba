import Foundation
import Testing

// A figure of speed is measured once and published once: README and one article repeat it, and link
// Benchmarks/README.md.

private let widestProse = 100

/// A Markdown document of the project.
private struct Document {
  /// The path from the project's root.
  let path: String
  let lines: [String]

  init(path: String, text: String) {
    self.path = path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  static func all() throws -> [Document] {
    var paths = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"]
    for folder in ["Documentation", "Benchmarks", "Examples", "Sources/SharedArrays/SharedArrays.docc"] {
      let root = projectRoot.appending(path: folder)
      for path in try FileManager.default.subpathsOfDirectory(atPath: root.path)
      where path.hasSuffix(".md") && !path.contains(".build/") {
        paths.append("\(folder)/\(path)")
      }
    }
    return try paths.map { path in
      Document(path: path, text: try String(contentsOf: projectRoot.appending(path: path), encoding: .utf8))
    }
  }

  /// The lines outside code blocks, with their numbers.
  var prose: [(number: Int, text: String)] {
    var isCode = false
    var result: [(Int, String)] = []
    for (index, line) in lines.enumerated() {
      if line.drop(while: { $0 == " " }).hasPrefix("```") {
        isCode.toggle()
      } else if !isCode, !line.hasPrefix("    ") {
        result.append((index + 1, line))
      }
    }
    return result
  }
}

@Suite("Documents")
struct DocumentTests {
  @Test func `prose in documents fits the page`() throws {
    report(try Document.all().flatMap(wideProse))
  }

  @Test func `README repeats figures of speed from the benchmarks' tables`() throws {
    let documents = try Document.all()
    let readme = try #require(documents.first { $0.path == "README.md" })
    let benchmarks = try #require(documents.first { $0.path == "Benchmarks/README.md" })
    let rows = rowsOfSpeed(readme)
    #expect(rows.count == 5)
    report(rowsMissing(rows, from: benchmarks))
  }

  @Test func `figures of speed are in the benchmarks, README and one article`() throws {
    let places = [
      "README.md", "Benchmarks/README.md", "Sources/SharedArrays/SharedArrays.docc/Articles/Speed.md",
    ]
    report(try Document.all().filter { !places.contains($0.path) }.flatMap(figuresOfSpeed))
  }
}

// MARK: - The rules

private func wideProse(in document: Document) -> [String] {
  document.prose.compactMap { number, text in
    // Tables and links cannot be broken.
    if text.count <= widestProse || text.hasPrefix("|") || text.contains("](") || text.hasPrefix("[") {
      return nil
    }
    // An exact name of a symbol cannot be broken either.
    if text.contains(#/`[^`]{40,}`/#) { return nil }
    return "\(document.path):\(number): \(text.count) columns; the limit for prose is \(widestProse)"
  }
}

/// Returns the rows of tables that compare a speed with another's and end with their ratio.
private func rowsOfSpeed(_ document: Document) -> [String] {
  document.lines.filter { $0.contains(#/^\|.*\| [0-9.,]+ \S+ \| [0-9.,]+ \S+ \| [0-9.]+ \|$/#) }
}

private func rowsMissing(_ rows: [String], from benchmarks: Document) -> [String] {
  rows.filter { !benchmarks.lines.contains($0) }.map { "Benchmarks/README.md does not have the row \($0)" }
}

private func figuresOfSpeed(in document: Document) -> [String] {
  let figure =
    #/\b[0-9][0-9.,]* (?:GB\/s|GiB\/s|MB\/s|GFLOP\/s|million\/s|ns|us|µs|microseconds|nanoseconds)\b/#
  return document.prose.compactMap { number, text in
    guard let match = text.firstMatch(of: figure) else { return nil }
    // A time limit, such as that of a spin, is no figure of speed.
    let before = text[..<match.startIndex]
    if before.hasSuffix("for ") || before.hasSuffix("for some ") { return nil }
    return "\(document.path):\(number): \"\(match.0)\" belongs in Benchmarks/README.md"
  }
}

// MARK: - The rules can fail

@Suite("Document rules")
struct DocumentRuleTests {
  @Test(arguments: [
    (String(repeating: "word ", count: 20), 0), (String(repeating: "word ", count: 21), 1),
    ("| " + String(repeating: "word ", count: 21), 0),
    ("```\n" + String(repeating: "word ", count: 21) + "\n```", 0),
    ("```\n```\n" + String(repeating: "word ", count: 21), 1),
  ])
  func `wide prose is found`(text: String, count: Int) {
    #expect(wideProse(in: Document(path: "A.md", text: text)).count == count)
  }

  @Test func `a row that differs from the benchmarks' row is found`() {
    let readme = Document(
      path: "README.md", text: "| a | b |\n| x | 1 ns | 2 ns | 2.00 |\n| y | 3 ns | 4 ns | 1.33 |")
    let benchmarks = Document(path: "B.md", text: "| x | 1 ns | 2 ns | 2.00 |\n| y | 3 ns | 5 ns | 1.67 |")
    #expect(rowsOfSpeed(readme).count == 2)
    #expect(rowsMissing(rowsOfSpeed(readme), from: benchmarks).count == 1)
  }

  @Test(arguments: [
    ("It takes 120 ns.", 1), ("at 64.5 GB/s", 1), ("It waits 1 s, then 50 ms.", 0),
    ("It spins for 30 us.", 0),
    ("```\nprint(\"120 ns\")\n```", 0), ("7 us of each call", 1), ("64 KiB", 0),
  ])
  func `a figure of speed is found`(text: String, count: Int) {
    #expect(figuresOfSpeed(in: Document(path: "A.md", text: text)).count == count)
  }
}
