import Foundation
import Synchronization
import Testing

/// A source file of the project, with a copy in which comments and the contents of string literals
/// are blanked.
struct SourceFile {
  /// The path relative to the root of the project.
  let path: String
  let lines: [String]
  /// The blanked lines, one for each element of `lines`.
  let code: [String]

  init(path: String, text: String) {
    self.path = path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    code = blankingCommentsAndStrings(text)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  init(path: String) throws {
    let text = try String(contentsOf: projectRoot.appending(path: path), encoding: .utf8)
    self.init(path: path, text: text)
  }

  var name: String { path.lastPathComponent }

  /// The folder under Sources.
  var module: String {
    let parts = path.split(separator: "/")
    return parts.count > 2 ? String(parts[1]) : "(none)"
  }

  /// The imported modules, without submodules and declarations, with their line numbers.
  var imports: [(line: Int, module: String)] {
    let statement =
      #/
      (?:^|;)\s*
      (?:@\w+(?:\([^)]*\))?\s*)*
      (?:(?:public|package|internal|fileprivate|private)\s+)?
      import\s+
      (?:(?:struct|class|enum|actor|protocol|typealias|func|let|var)\s+)?
      `?(\w+)
      /#
    return code.enumerated().flatMap { index, line in
      line.matches(of: statement).map { (index + 1, String($0.1)) }
    }
  }

  /// The comments that are prose, without their slashes. Indented lines of a comment are code.
  var comments: [(line: Int, text: String)] {
    lines.enumerated().compactMap { index, line in
      let text = line.trimmed
      guard text.hasPrefix("//") else { return nil }
      let words = text.drop { $0 == "/" }
      return words.hasPrefix("     ") ? nil : (index + 1, words.trimmed)
    }
  }

  func codeLines(containing text: String) -> [Int] {
    code.indices.filter { code[$0].contains(text) }.map { $0 + 1 }
  }
}

extension StringProtocol {
  var trimmed: String { trimmingCharacters(in: .whitespaces) }
  var lastPathComponent: String {
    String(self[(lastIndex(of: "/").map(index(after:)) ?? startIndex)...])
  }
}

let projectRoot = URL(filePath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

let sourceExtensions: Set = ["swift", "c", "h", "inc", "S"]

/// The source files of the folders that earlier calls have read. Reading them takes longer than
/// most rules.
private let knownFolders = Mutex<[String: [SourceFile]]>([:])

/// Returns the source files in a folder of the project that have one of the extensions, in the
/// order of their paths.
func projectFiles(under folder: String, extensions: Set<String> = sourceExtensions) throws -> [SourceFile] {
  let files = try knownFolders.withLock { known in
    if let files = known[folder] { return files }
    let files = try FileManager.default.subpathsOfDirectory(atPath: projectRoot.appending(path: folder).path)
      .filter { sourceExtensions.contains(($0 as NSString).pathExtension) }
      .sorted()
      .map { try SourceFile(path: folder + "/" + $0) }
    known[folder] = files
    return files
  }
  return files.filter { extensions.contains(($0.path as NSString).pathExtension) }
}

/// Returns the text with comments and strings blanked. It keeps every line break, so that line
/// numbers stay the same.
private func blankingCommentsAndStrings(_ text: String) -> String {
  var result = ""
  var rest = text[...]
  while let character = rest.first {
    let length: Int
    if character == "/", rest.hasPrefix("//") {
      length = rest.prefix { $0 != "\n" }.count
    } else if character == "/", rest.hasPrefix("/*") {
      length = blockCommentLength(rest)
    } else if character == "\"" || (character == "#" && rest.drop { $0 == "#" }.first == "\"") {
      length = stringLiteralLength(rest)
      result.append("\"\"")
    } else {
      result.append(rest.removeFirst())
      continue
    }
    result.append(contentsOf: rest.prefix(length).filter { $0 == "\n" })
    rest = rest.dropFirst(length)
  }
  return result
}

/// Returns the length of a block comment. Comments nest.
private func blockCommentLength(_ text: Substring) -> Int {
  var depth = 0
  var rest = text
  repeat {
    if rest.hasPrefix("/*") {
      depth += 1
      rest = rest.dropFirst(2)
    } else if rest.hasPrefix("*/") {
      depth -= 1
      rest = rest.dropFirst(2)
    } else {
      rest = rest.dropFirst()
    }
  } while depth > 0 && !rest.isEmpty
  return text.count - rest.count
}

/// Returns the length of a string literal. A one-line literal ends at the end of the line at the
/// latest, so a quote inside an interpolation misleads for one line only.
private func stringLiteralLength(_ text: Substring) -> Int {
  let hashes = String(text.prefix { $0 == "#" })
  let quote = text.dropFirst(hashes.count).hasPrefix("\"\"\"") ? "\"\"\"" : "\""
  var rest = text.dropFirst(hashes.count + quote.count)
  while !rest.isEmpty {
    if rest.hasPrefix(quote + hashes) {
      return text.count - rest.count + quote.count + hashes.count
    }
    if quote == "\"", rest.first == "\n" { break }
    let escape = "\\" + hashes
    rest = rest.dropFirst(rest.hasPrefix(escape) ? escape.count + 1 : 1)
  }
  return text.count - rest.count
}

func report(_ violations: [String]) {
  for violation in violations { Issue.record("\(violation)") }
}
