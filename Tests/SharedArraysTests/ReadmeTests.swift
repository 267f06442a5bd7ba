import Foundation
import Glibc
import Testing

// Every block of README.md that is fenced as exactly "```swift" compiles as a program of its own, in a package
// that depends on this one as a user's package would. A block whose first line is "// runs" also runs and exits
// with status 0. Fragments of manifests ("```swift-package", or a first line with the tools version) are left out.

private let isRequested = ProcessInfo.processInfo.environment["README_SNIPPETS"] == "1"

@Suite("README")
struct ReadmeTests {
  @Test(
    "README code compiles",
    .enabled(if: isRequested, "it builds the package once more (minutes); set README_SNIPPETS=1 to run it"))
  func compile() throws {
    let text = try String(contentsOf: projectRoot.appending(path: "README.md"), encoding: .utf8)
    let blocks = codeBlocks(in: text)
    try #require(!blocks.isEmpty, "README.md has no block fenced as ```swift")

    let folder = FileManager.default.temporaryDirectory.appending(path: "readme-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let package = folder.appending(path: "package")
    try writePackage(of: blocks, dependingOn: projectRoot, at: package)

    let scratch = folder.appending(path: "build")
    let build = try run(
      ["swift", "build", "--package-path", package.path, "--scratch-path", scratch.path],
      output: folder.appending(path: "output"), limit: 1500)
    try #require(build.status == 0, "README.md does not compile (\(build.ending)):\n\(build.output)")

    for block in blocks where block.runs {
      let result = try run(
        [scratch.appending(path: "debug/\(block.target)").path],
        output: folder.appending(path: "output"), limit: 120)
      let place = "README.md:\(block.line)"
      #expect(result.status == 0, "the program at \(place) failed (\(result.ending)):\n\(result.output)")
    }
  }

  @Test func `only blocks fenced as swift are taken, with their lines`() {
    let text = """
      # Title
      ```swift
      // runs
      print(1)
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
      ```swift

      print(2)
      ```
      """
    #expect(
      codeBlocks(in: text) == [
        CodeBlock(line: 3, text: "// runs\nprint(1)"), CodeBlock(line: 19, text: "\nprint(2)"),
      ])
    #expect(codeBlocks(in: text).map(\.runs) == [true, false])
  }

  @Test(arguments: [("exit 0", 0), ("echo text; exit 3", 3), ("kill -TERM $$", 15), ("exec sleep 60", nil)])
  func `a program's failure, signal or hang is seen`(script: String, status: Int32?) throws {
    let output = FileManager.default.temporaryDirectory.appending(path: "readme-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: output) }
    let result = try run(["sh", "-c", script], output: output, limit: status == nil ? 0.5 : 30)
    #expect(result.status == status)
    #expect(result.output == (status == 3 ? "text\n" : ""))
  }
}

// MARK: - Blocks

private struct CodeBlock: Equatable {
  /// The line of README.md on which the code starts, counted from 1.
  var line: Int
  var text: String

  var target: String { "Line\(line)" }
  var runs: Bool { text.hasPrefix("// runs\n") }
  var isManifest: Bool { text.hasPrefix("// swift-tools-version") }

  /// A file called main.swift cannot hold the attribute.
  var fileName: String { text.contains("@main") ? "Program.swift" : "main.swift" }
}

private func codeBlocks(in text: String) -> [CodeBlock] {
  var blocks: [CodeBlock] = []
  var open: (fence: Substring, line: Int, lines: [Substring]?)?
  for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
    let fence = line.prefix { $0 == "`" }
    if let block = open {
      if fence.count >= block.fence.count, fence.count == line.count {
        if let lines = block.lines {
          blocks.append(CodeBlock(line: block.line, text: lines.joined(separator: "\n")))
        }
        open = nil
      } else {
        open?.lines?.append(line)
      }
    } else if fence.count >= 3 {
      open = (fence, index + 2, line == "```swift" ? [] : nil)
    }
  }
  return blocks.filter { !$0.isManifest }
}

/// Writes one executable target for each block.
private func writePackage(of blocks: [CodeBlock], dependingOn root: URL, at folder: URL) throws {
  for block in blocks {
    let target = folder.appending(path: "Sources/\(block.target)")
    try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
    // The compiler's messages then name the line of README.md.
    let text = "#sourceLocation(file: \"README.md\", line: \(block.line))\n\(block.text)\n"
    try text.write(to: target.appending(path: block.fileName), atomically: false, encoding: .utf8)
  }
  let targets = blocks.map { block in
    """
        .executableTarget(
          name: "\(block.target)", dependencies: [.product(name: "SharedArrays", package: "SharedArrays")])
    """
  }
  let manifest = """
    // swift-tools-version: 6.2
    import PackageDescription

    let package = Package(
      name: "ReadmeCode",
      dependencies: [.package(name: "SharedArrays", path: #"\(root.path)"#)],
      targets: [
    \(targets.joined(separator: ",\n"))
      ])
    """
  let file = folder.appending(path: "Package.swift")
  try manifest.write(to: file, atomically: false, encoding: .utf8)
}

// MARK: - Programs

private struct ProgramResult {
  /// The exit status or the signal's number; `nil` if the program was stopped at the time limit.
  var status: Int32?
  var ending: String
  /// What it wrote to standard output and standard error.
  var output: String
}

/// Runs a program found on PATH; it is killed after `limit` seconds.
private func run(_ command: [String], output: URL, limit: Double) throws -> ProgramResult {
  // A file, since a pipe that nobody reads would block the program.
  _ = FileManager.default.createFile(atPath: output.path, contents: nil)
  let handle = try FileHandle(forWritingTo: output)
  defer { try? handle.close() }

  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = command
  process.standardInput = FileHandle.nullDevice
  process.standardOutput = handle
  process.standardError = handle
  // A child inherits the signal mask, and the threads that tests run on may block most signals.
  var none = sigset_t()
  var previous = sigset_t()
  unsafe sigemptyset(&none)
  unsafe pthread_sigmask(SIG_SETMASK, &none, &previous)
  defer { unsafe pthread_sigmask(SIG_SETMASK, &previous, nil) }
  try process.run()

  let deadline = ContinuousClock.now + .seconds(limit)
  while process.isRunning, ContinuousClock.now < deadline { Thread.sleep(forTimeInterval: 0.02) }
  let wasStopped = process.isRunning
  if wasStopped { kill(process.processIdentifier, SIGKILL) }
  process.waitUntilExit()

  let text = String(decoding: try Data(contentsOf: output), as: UTF8.self)
  if wasStopped { return ProgramResult(status: nil, ending: "stopped after \(limit) s", output: text) }
  let status = process.terminationStatus
  let kind = process.terminationReason == .exit ? "exit status" : "signal"
  return ProgramResult(status: status, ending: "\(kind) \(status)", output: text)
}

private let projectRoot = URL(filePath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
