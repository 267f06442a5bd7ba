import Foundation

/// A block of Swift code in a text.
struct CodeBlock: Equatable {
  /// The path of the file, relative to the project.
  var file: String
  /// The line of the file where the code starts, counted from 1.
  var line: Int
  var text: String
  /// Whether the test also runs the program.
  var runs: Bool

  /// The name of a target that compiles the block.
  var target: String {
    let name = file.split(separator: "/").last?.split(separator: ".").first ?? ""
    return name.filter(\.isLetter) + String(line)
  }

  /// The output that the comments after calls of `print` announce.
  var announcedOutput: [String] {
    text.split(separator: "\n").compactMap { line in
      guard line.contains("print("), let comment = line.range(of: "// ", options: .backwards) else {
        return nil
      }
      return String(line[comment.upperBound...])
    }
  }

  var isManifest: Bool { text.hasPrefix("// swift-tools-version") }

  /// The attribute `@main` is not allowed in a file with the name main.swift.
  var fileName: String { text.contains("@main") ? "Program.swift" : "main.swift" }
}

/// Returns the blocks that are fenced as exactly "```swift" and are not manifests.
func codeBlocks(in text: String, of file: String) -> [CodeBlock] {
  var blocks: [CodeBlock] = []
  var open: (fence: Substring, line: Int, lines: [Substring]?, runs: Bool)?
  var previous: Substring = ""
  for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
    let fence = line.prefix { $0 == "`" }
    if let block = open {
      if fence.count >= block.fence.count, fence.count == line.count {
        if let lines = block.lines {
          blocks.append(
            CodeBlock(file: file, line: block.line, text: lines.joined(separator: "\n"), runs: block.runs))
        }
        open = nil
      } else {
        open?.lines?.append(line)
      }
    } else if fence.count >= 3 {
      open = (fence, index + 2, line == "```swift" ? [] : nil, previous == "<!-- runs -->")
    }
    previous = line
  }
  return blocks.filter { !$0.isManifest }
}

/// Names that a user's package might give to targets of its own. SwiftPM refuses two packages with
/// targets of the same name, so this package uses none of them for a target that a product reaches.
private let namesOfOthers = [
  "CShims", "CKernels", "COpenBLAS", "SystemLayer", "Transfer", "SharedMemory", "SharedLocks", "NDArrays",
  "ParallelArrays", "LinearAlgebra", "ParallelLinearAlgebra", "MessagePassing", "Tool", "sharedarray",
]

/// Writes one executable target for each block, and one library target for each name in
/// `namesOfOthers`.
func writePackage(of blocks: [CodeBlock], dependingOn root: URL, at folder: URL) throws {
  for name in namesOfOthers {
    let target = folder.appending(path: "Sources/\(name)")
    try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
    try "public let number = 1\n".write(
      to: target.appending(path: "Number.swift"), atomically: false, encoding: .utf8)
  }
  for block in blocks {
    let target = folder.appending(path: "Sources/\(block.target)")
    try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
    // The compiler's messages then refer to the line of the text.
    let text = "#sourceLocation(file: \"\(block.file)\", line: \(block.line))\n\(block.text)\n"
    try text.write(to: target.appending(path: block.fileName), atomically: false, encoding: .utf8)
  }
  let others = namesOfOthers.map { "    .target(name: \"\($0)\")" }
  let programs = blocks.map { block in
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
    \((others + programs).joined(separator: ",\n"))
      ])
    """
  let file = folder.appending(path: "Package.swift")
  try manifest.write(to: file, atomically: false, encoding: .utf8)
}
