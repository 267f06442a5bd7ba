import Foundation
import Testing

// A reader finds a topic by its folder, a type by its file, and a reason beside the code.

private let mostFilesInAFolder = 20
private let widestComment = 100

@Suite("Map")
struct MapTests {
  @Test func `no folder has more source files than a reader can scan`() throws {
    let files = try ["Sources", "Tests", "CShims"].flatMap {
      try projectFiles(under: $0)
    }
    try #require(files.count > 500)
    report(crowdedFolders(files.map(\.path)))
  }

  @Test func `a public type is declared in the file of its name`() throws {
    report(try projectFiles(under: "Sources", extensions: ["swift"]).flatMap(misplacedTypes))
  }

  @Test(arguments: ["Sources", "Tests"])
  func `a file with unsafe code says why the code is safe`(folder: String) throws {
    report(try projectFiles(under: folder, extensions: ["swift"]).flatMap(unexplainedUnsafeCode))
  }

  @Test(arguments: ["Sources", "Tests", "CShims"])
  func `comments fit the page`(folder: String) throws {
    report(try projectFiles(under: folder, extensions: ["swift", "c", "h"]).flatMap(wideComments))
  }

  @Test func `each topic of a module has tests in a folder of the same name`() throws {
    let topics = try projectFiles(under: "Sources", extensions: ["swift"]).map(\.path)
    let tests = try projectFiles(under: "Tests", extensions: ["swift"]).map(\.path)
    report(foldersOfUnknownTopics(tests: tests, sources: topics))
  }
}

// MARK: - The rules

private func folder(_ path: String) -> String {
  path.split(separator: "/").dropLast().joined(separator: "/")
}

private func crowdedFolders(_ paths: [String]) -> [String] {
  Dictionary(grouping: paths, by: folder).filter { $0.value.count > mostFilesInAFolder }.map {
    "\($0.key): \($0.value.count) source files; the limit is \(mostFilesInAFolder)"
  }
}

private func misplacedTypes(in file: SourceFile) -> [String] {
  let declaration =
    #/^(?:@\w+(?:\([^)]*\))?\s+)*public\s+(?:(?:final|indirect)\s+)?(?:struct|class|enum|protocol|actor)\s+(\w+)/#
  let name = file.name.prefix { $0 != "." && $0 != "+" }
  return file.code.enumerated().compactMap { index, line in
    guard let type = line.prefixMatch(of: declaration)?.1, type != name else { return nil }
    return "\(file.path):\(index + 1): the public type \(type) belongs in \(type).swift"
  }
}

private func unexplainedUnsafeCode(in file: SourceFile) -> [String] {
  let expression = #/(?:^|[^\w"@])unsafe\s+[\w(]/#
  guard !file.lines.contains(where: { $0.contains("SAFETY:") }),
    // A name in backticks can contain any words.
    let line = file.code.firstIndex(where: {
      $0.contains("unsafe") && $0.replacing(#/`[^`]*`/#, with: "name").contains(expression)
    })
  else { return [] }
  return ["\(file.path):\(line + 1): unsafe code needs a comment that begins with SAFETY:"]
}

private func wideComments(in file: SourceFile) -> [String] {
  file.comments.compactMap { line, text in
    let width = file.lines[line - 1].count
    // A long link cannot be broken.
    if width <= widestComment || text.split(separator: " ").count < 3 { return nil }
    return "\(file.path):\(line): \(width) columns; the limit for comments is \(widestComment)"
  }
}

private func foldersOfUnknownTopics(tests: [String], sources: [String]) -> [String] {
  let topics = Set(sources.map(folder))
  return Set(tests.map(folder)).sorted().compactMap { path in
    let parts = path.split(separator: "/")
    guard parts.count > 2, parts[1].hasSuffix("Tests") else { return nil }
    let topic = "Sources/\(parts[1].dropLast(5))/\(parts[2...].joined(separator: "/"))"
    return topics.contains(topic) ? nil : "\(path): no folder \(topic) exists"
  }
}

// MARK: - The rules can fail

@Suite("Map rules")
struct MapRuleTests {
  @Test(arguments: [(20, 0), (21, 1)])
  func `a crowded folder is found`(count: Int, violations: Int) {
    let paths = (0..<count).map { "Sources/A/B/\($0).swift" } + ["Sources/A/C.swift"]
    #expect(crowdedFolders(paths).count == violations)
  }

  @Test(arguments: [
    ("public struct A {}", 0), ("public final class B {}", 1), ("@frozen\npublic enum A {}", 0),
    ("@frozen public enum C {}", 1), ("// public struct D {}", 0), ("extension D {}", 0),
    ("  public struct Nested {}", 0), ("public protocol E {}", 1), ("package struct F {}", 0),
  ])
  func `a type in the file of another is found`(text: String, count: Int) {
    #expect(misplacedTypes(in: SourceFile(path: "Sources/M/T/A+B.swift", text: text)).count == count)
  }

  @Test(arguments: [
    ("let a = unsafe b.load()", 1), ("// SAFETY: in bounds.\nlet a = unsafe b.load()", 0),
    ("// unsafe code\nlet a = \"unsafe b\"", 0), ("func `an unsafe name`() {}", 0),
    ("@unsafe func a() {}", 0),
  ])
  func `unsafe code without a reason is found`(text: String, count: Int) {
    #expect(unexplainedUnsafeCode(in: SourceFile(path: "Sources/M/T/A.swift", text: text)).count == count)
  }

  @Test func `a wide comment is found`() {
    let words = String(repeating: "word ", count: 20)
    let text =
      "// \(words)\n/// \(words)\n///     \(words)\nlet a = 1  // \(words)\n/// ``\(String(repeating: "a", count: 120))``"
    #expect(wideComments(in: SourceFile(path: "Sources/M/T/A.swift", text: text)).count == 2)
  }

  @Test func `a folder of tests without sources is found`() {
    let tests = [
      "Tests/MTests/A/T.swift", "Tests/MTests/B/C/T.swift", "Tests/MTests/T.swift", "Tests/Support/D/S.swift",
    ]
    let sources = ["Sources/M/A/S.swift", "Sources/M/B/S.swift"]
    #expect(
      foldersOfUnknownTopics(tests: tests, sources: sources) == [
        "Tests/MTests/B/C: no folder Sources/M/B/C exists"
      ])
  }
}
