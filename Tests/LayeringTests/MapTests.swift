import Foundation
import Testing

// A reader finds a topic by its folder, a type by its file, and a reason beside the code.

private let mostFilesInAFolder = 20
private let widestComment = 100
private let mostSymbolsOnFrontPage = 25

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

  @Test func `each public type and function is listed by a page of the documentation`() throws {
    let listed = Set(try documentationPages().values.flatMap(listedSymbols))
    let modules = Set(try SourceFile(path: "Sources/SharedArrays/Exports.swift").imports.map { $0.module })
    let files = try projectFiles(under: "Sources", extensions: ["swift"]).filter {
      modules.contains($0.module)
    }
    try #require(files.count > 200)
    report(files.flatMap { unlistedSymbols(of: $0, listed: listed) })
  }

  @Test func `the front page of the documentation links pages rather than symbols`() throws {
    let page = try #require(try documentationPages()["SharedArrays.md"])
    #expect(symbolLinkCount(in: page) <= mostSymbolsOnFrontPage)
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

/// Returns the pages of the documentation by their paths in its folder.
private func documentationPages() throws -> [String: String] {
  let folder = projectRoot.appending(path: "Sources/SharedArrays/SharedArrays.docc")
  var pages: [String: String] = [:]
  for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) where path.hasSuffix(".md") {
    pages[path] = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
  }
  return pages
}

/// Returns the symbols that the topics of a page list, without suffixes that distinguish overloads.
private func listedSymbols(in page: String) -> [String] {
  // The page of a type lists its members by their names alone.
  if page.hasPrefix("# ``SharedArrays/") { return [] }
  return page.split(separator: "\n").compactMap { line in
    guard line.hasPrefix("- ``"), line.hasSuffix("``") else { return nil }
    return String(line.dropFirst(4).dropLast(2).prefix { $0 != "-" })
  }
}

private func symbolLinkCount(in page: String) -> Int {
  let link = #/``[^`]+``/#
  return page.split(separator: "\n").filter { !$0.hasPrefix("#") }.reduce(0) { count, line in
    count + line.matches(of: link).count
  }
}

private func unlistedSymbols(of file: SourceFile, listed: Set<String>) -> [String] {
  publicSymbols(of: file).filter { !listed.contains($0.name) }.map {
    "\(file.path):\($0.line): no page of the documentation lists \($0.name)"
  }
}

/// Returns the public types and free functions of a file, with their lines.
private func publicSymbols(of file: SourceFile) -> [(line: Int, name: String)] {
  let declaration =
    #/
    ^(?:@\w+(?:\([^)]*\))?\s+)*
    public\s+(?:(?:final|indirect)\s+)?
    (struct|class|enum|protocol|actor|typealias|func)\s+(\w+)
    /#
  return file.code.enumerated().compactMap { index, line in
    guard let match = line.prefixMatch(of: declaration) else { return nil }
    let name = String(match.2)
    guard match.1 == "func" else { return (index + 1, name) }
    let text = file.code[index...].joined(separator: " ").dropFirst(match.0.count)
    return (index + 1, name + argumentLabels(text))
  }
}

/// Returns the labels of a function's arguments, such as `(_:axis:)`, from the text after its name.
private func argumentLabels(_ text: Substring) -> String {
  var parameters = ""
  var depth = 0
  var isInList = false
  var previous: Character = " "
  for character in text {
    switch character {
    case "(", "[", "{", "<":
      if character == "(" && depth == 0 { isInList = true }
      depth += 1
    case ")", "]", "}":
      depth -= 1
    case ">" where previous != "-":
      depth -= 1
    default:
      if isInList && depth == 1 { parameters.append(character) }
    }
    if isInList && depth == 0 { break }
    previous = character
  }
  let labels = parameters.split(separator: ",").compactMap { parameter in
    parameter.split(whereSeparator: { $0 == " " || $0 == ":" }).first
  }
  return "(" + labels.map { "\($0):" }.joined() + ")"
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

  @Test(
    arguments: [
      ("public struct A {}", ["A"]), ("struct A {}", []), ("  public struct Nested {}", []),
      ("@frozen public enum A {}", ["A"]), ("public typealias A = Int", ["A"]),
      ("// public struct A {}", []), ("public func a() {}", ["a()"]),
      ("@discardableResult public func a(_ b: Int) {}\npublic class A {}", ["a(_:)", "A"]),
      ("public func a<B: C<B>>(\n  _ b: [B: (B, B)], c d: (B) -> B = f(1, 2),\n  e: B) {}", ["a(_:c:e:)"]),
    ] as [(String, [String])])
  func `public symbols are found, functions with their labels`(text: String, names: [String]) {
    #expect(publicSymbols(of: SourceFile(path: "Sources/M/T/A.swift", text: text)).map { $0.name } == names)
  }

  @Test func `a symbol that no page lists is found`() {
    let text = "public struct A {}\npublic func b(c: Int) {}\npublic func b() {}"
    let page = "# Title\n``b()``\n## Topics\n- ``A``\n- ``b(c:)-(Int)``"
    #expect(
      unlistedSymbols(
        of: SourceFile(path: "Sources/M/T/A.swift", text: text), listed: Set(listedSymbols(in: page)))
        == ["Sources/M/T/A.swift:3: no page of the documentation lists b()"])
  }

  @Test func `members in the page of a type are not taken for free functions`() {
    #expect(listedSymbols(in: "# ``SharedArrays/SharedArray``\n## Topics\n- ``unlink()``") == [])
  }

  @Test func `links to symbols are counted, links to pages and code are not`() {
    let page = "# ``Title``\nAn ``A`` of ``B``.\n```swift\nc\n```\n- <doc:D>\n- ``E``"
    #expect(symbolLinkCount(in: page) == 3)
  }
}
