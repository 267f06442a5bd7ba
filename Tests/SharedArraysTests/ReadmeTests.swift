import Foundation
import SharedArrays
import TestSupport
import Testing

// Every block of README.md, CONTRIBUTING.md and the articles that is fenced as exactly "```swift"
// must compile as a program of its own, in a package that depends on this one like a user's
// package. A block after the line "<!-- runs -->" must also run, exit with status 0, and print what
// the comments after its calls of `print` say. Fragments of manifests ("```swift-package", or a
// first line with the tools version) are excluded.

private let isRequested = ProcessInfo.processInfo.environment["README_SNIPPETS"] == "1"

@Suite("README")
struct ReadmeTests {
  @Test(
    .enabled(if: isRequested, "it builds the package once more (minutes); set README_SNIPPETS=1 to run it"))
  func `code in README and articles compiles`() throws {
    let blocks = try documents().flatMap { file in
      codeBlocks(in: try String(contentsOf: projectRoot.appending(path: file), encoding: .utf8), of: file)
    }
    for file in ["README.md", articles + "Articles/StartHere.md"] {
      try #require(blocks.contains { $0.file == file }, "\(file) has no block fenced as ```swift")
    }

    let folder = FileManager.default.temporaryDirectory.appending(path: "readme-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let package = folder.appending(path: "package")
    try writePackage(of: blocks, dependingOn: projectRoot, at: package)

    let scratch = folder.appending(path: "build")
    let build = try runProgram(
      ["swift", "build", "--package-path", package.path, "--scratch-path", scratch.path],
      within: .seconds(1500), joinsErrors: true)
    try #require(
      build.termination == .exited(code: 0), "it does not compile (\(build.ending)):\n\(build.output)")

    for block in blocks where block.runs {
      let result = try runProgram(
        [scratch.appending(path: "debug/\(block.target)").path], within: .seconds(120), joinsErrors: true)
      let place = "\(block.file):\(block.line)"
      #expect(
        result.termination == .exited(code: 0),
        "the program at \(place) failed (\(result.ending)):\n\(result.output)")
      for text in block.announcedOutput {
        #expect(result.output.contains(text), "the program at \(place) printed:\n\(result.output)")
      }
    }
  }

  @Test func `only blocks fenced as swift are taken, with their lines and whether they run`() {
    let text = """
      # Title
      <!-- runs -->
      ```swift
      print(1)                       // 1
      ```
      ```sh
      ```
      ```swift-package
      .package(name: "A")
      ```
      ```swift
      // swift-tools-version: 6.2
      ```
      ````text
      ```swift
      ```
      ````
      <!-- runs -->

      ```swift

      print(2)
      ```
      """
    #expect(
      codeBlocks(in: text, of: "Some Text.md") == [
        CodeBlock(file: "Some Text.md", line: 4, text: "print(1)                       // 1", runs: true),
        CodeBlock(file: "Some Text.md", line: 21, text: "\nprint(2)", runs: false),
      ])
    #expect(codeBlocks(in: text, of: "a/Some-Text.md").map(\.target) == ["SomeText4", "SomeText21"])
    #expect(codeBlocks(in: text, of: "").map(\.announcedOutput) == [["1"], []])
  }

  @Test(
    arguments: [
      ("exit 0", .exited(code: 0)), ("echo text; exit 3", .exited(code: 3)), ("kill -TERM $$", .signaled(15)),
      ("exec sleep 60", nil),
    ] as [(String, ProcessTermination?)])
  func `a program's failure, signal or hang is detected`(
    script: String, termination: ProcessTermination?
  ) throws {
    let limit = Duration.milliseconds(termination == nil ? 500 : 30_000)
    let result = try runProgram(["sh", "-c", script], within: limit, joinsErrors: true)
    #expect(result.termination == termination)
    #expect(result.output == (termination == .exited(code: 3) ? "text\n" : ""))
  }
}

// MARK: - Documents

private let articles = "Sources/SharedArrays/SharedArrays.docc/"

/// Returns the paths, relative to the project, of the files that are tested.
private func documents() throws -> [String] {
  let names = try FileManager.default.subpathsOfDirectory(atPath: projectRoot.appending(path: articles).path)
  return ["README.md", "CONTRIBUTING.md"]
    + names.filter { $0.hasSuffix(".md") }.sorted().map { articles + $0 }
}

private let projectRoot = URL(filePath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
