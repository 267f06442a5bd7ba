import Foundation
import Testing

// The layers are one-way. This table is their only machine-checked definition.

/// The project modules that each module may import.
private let allowedModules: [String: Set<String>] = [
  "CSharedArraysShims": [],
  "CSharedArraysKernels": [],
  "CSharedArraysOpenBLAS": [],
  "SharedArraysSystem": ["CSharedArraysShims"],
  "SharedArraysTransfer": ["SharedArraysSystem"],
  "SharedArraysMemory": ["SharedArraysSystem", "SharedArraysTransfer"],
  "SharedArraysLocks": ["SharedArraysSystem", "SharedArraysTransfer", "SharedArraysMemory"],
  "SharedArraysCore": [
    "SharedArraysSystem", "SharedArraysTransfer", "SharedArraysMemory", "SharedArraysLocks",
    "CSharedArraysKernels",
  ],
  "Multiprocessing": [
    "SharedArraysSystem", "SharedArraysTransfer", "SharedArraysMemory", "SharedArraysLocks",
  ],
  "SharedArraysParallel": [
    "SharedArraysSystem", "SharedArraysTransfer", "SharedArraysMemory", "SharedArraysLocks",
    "SharedArraysCore", "Multiprocessing",
  ],
  "SharedArraysLinearAlgebra": [
    "SharedArraysSystem", "SharedArraysMemory", "SharedArraysCore", "CSharedArraysOpenBLAS",
  ],
  "SharedArraysParallelLinearAlgebra": [
    "SharedArraysSystem", "SharedArraysTransfer", "SharedArraysMemory", "SharedArraysCore",
    "Multiprocessing", "SharedArraysLinearAlgebra",
  ],
  "SharedArrays": [
    "CSharedArraysShims", "CSharedArraysKernels", "CSharedArraysOpenBLAS", "SharedArraysSystem",
    "SharedArraysTransfer", "SharedArraysMemory", "SharedArraysLocks", "SharedArraysCore",
    "Multiprocessing", "SharedArraysParallel", "SharedArraysLinearAlgebra",
    "SharedArraysParallelLinearAlgebra",
  ],
  "SharedArraysTool": ["SharedArrays"],
]

/// The modules of other packages and of the toolchain, with the modules that may import them. `nil`
/// permits every module.
private let externalModules: [String: Set<String>?] = [
  "Glibc": nil,
  "Synchronization": nil,
  "ComplexModule": ["SharedArraysCore", "SharedArraysLinearAlgebra", "SharedArrays"],
  "RealModule": ["SharedArraysCore", "SharedArraysLinearAlgebra", "SharedArrays"],
  "ArgumentParser": ["SharedArraysTool"],
  "Foundation": ["SharedArraysTool"],
]

private let longestSourceFile = 400

@Suite("Layering")
struct LayeringTests {
  @Test func `sources import only the layers below them`() throws {
    let files = try projectFiles(under: "Sources", extensions: ["swift"])
    try #require(!files.isEmpty, "no Swift file was found under \(projectRoot.path)/Sources")
    report(files.flatMap(importViolations))
  }

  @Test func `only the product modules re-export`() throws {
    report(try projectFiles(under: "Sources", extensions: ["swift"]).flatMap(reexportViolations))
  }

  @Test func `every unchecked Sendable has its reason above it`() throws {
    report(try projectFiles(under: "Sources", extensions: ["swift"]).flatMap(uncheckedSendableViolations))
  }

  @Test func `no source file is too long to review`() throws {
    report(try projectFiles(under: "Sources", extensions: ["swift", "c", "h"]).flatMap(lengthViolations))
  }

  @Test func `CShims includes system headers and its own only`() throws {
    let files = try projectFiles(under: "CShims", extensions: ["c", "h"])
    try #require(!files.isEmpty, "no C file was found under \(projectRoot.path)/CShims")
    let headers = Set(try projectFiles(under: "Sources", extensions: ["h"]).map(\.name))
    report(files.flatMap { includeViolations(in: $0, projectHeaders: headers) })
  }

  // A package with unsafe flags cannot be a dependency of another package.
  @Test func `the manifest has no unsafe flags`() throws {
    report(manifestViolations(in: try SourceFile(path: "Package.swift")))
  }
}

// MARK: - The rules

private func importViolations(in file: SourceFile) -> [String] {
  guard let allowed = allowedModules[file.module] else {
    return ["\(file.path): the module \(file.module) has no row in the table of Tests/LayeringTests"]
  }
  return file.imports.compactMap { line, name in
    let place = "\(file.path):\(line): \(file.module) may not import \(name)"
    if allowed.contains(name) || name == file.module { return nil }
    if allowedModules[name] != nil {
      let list = allowed.isEmpty ? "none" : allowed.sorted().joined(separator: ", ")
      return "\(place); the project modules it may import: \(list)"
    }
    guard let importers = externalModules[name] else {
      return "\(place), which is not in the list of external modules"
    }
    guard let importers, !importers.contains(file.module) else { return nil }
    return "\(place); only \(importers.sorted().joined(separator: ", ")) may import it"
  }
}

private func reexportViolations(in file: SourceFile) -> [String] {
  if file.path == "Sources/SharedArrays/Exports.swift" || file.path == "Sources/Multiprocessing/Exports.swift"
  {
    return []
  }
  return file.codeLines(containing: "@_exported").map {
    "\(file.path):\($0): @_exported belongs in the Exports.swift of a product only"
  }
}

private func uncheckedSendableViolations(in file: SourceFile) -> [String] {
  let declaration = /\b(class|struct|enum|actor|extension|protocol)\b/
  return file.codeLines(containing: "@unchecked").compactMap { line in
    var index = line - 1
    while index > 0, !file.code[index].contains(declaration) { index -= 1 }
    repeat { index -= 1 } while index >= 0 && file.code[index].trimmed.hasPrefix("@")
    // A comment line has text, but no code.
    if index >= 0, file.code[index].trimmed.isEmpty, !file.lines[index].trimmed.isEmpty { return nil }
    return "\(file.path):\(line): @unchecked Sendable needs a comment above it that says why it is safe"
  }
}

private func lengthViolations(in file: SourceFile) -> [String] {
  let count = file.lines.count - (file.lines.last == "" ? 1 : 0)
  return count <= longestSourceFile
    ? [] : ["\(file.path): \(count) lines; split it, the limit is \(longestSourceFile)"]
}

private func includeViolations(in file: SourceFile, projectHeaders: Set<String>) -> [String] {
  // The raw lines are used because blanking removes the quoted name.
  file.lines.enumerated().compactMap { index, line in
    guard let match = line.firstMatch(of: /^\s*#\s*include\s*(["<])([^">]+)[">]/) else { return nil }
    let header = String(match.2)
    let isOwn = header == "CSharedArraysShims.h" || (header.hasPrefix("CShims") && !header.contains("/"))
    let isForeign = match.1 == "\"" || projectHeaders.contains(header.lastPathComponent)
    return isForeign && !isOwn
      ? "\(file.path):\(index + 1): CShims may not include \(header); its own headers are CShims*.h"
      : nil
  }
}

private func manifestViolations(in file: SourceFile) -> [String] {
  file.codeLines(containing: "unsafeFlags").map {
    "\(file.path):\($0): unsafeFlags would keep other packages from depending on this one"
  }
}

// MARK: - The rules can fail

@Suite("Layering rules")
struct LayeringRuleTests {
  @Test(arguments: [
    ("SharedArraysCore", "import Multiprocessing"),
    ("Multiprocessing", "  @testable import SharedArraysCore"),
    ("SharedArraysMemory", "import Glibc; import CSharedArraysShims"),
    ("SharedArraysSystem", "@_exported public import struct SharedArraysMemory.Segment"),
    ("CSharedArraysShims", "@_spi(Testing) package import SharedArraysSystem"),
    ("SharedArraysSystem", "import Foundation"),
    ("SharedArraysSystem", "public import class Foundation.FileManager"),
    ("SharedArrays", "import ArgumentParser"),
    ("SharedArraysParallel", "internal import ComplexModule"),
    ("SharedArraysTool", "import SharedArraysCore"),
    ("SharedArraysCore", "import Dispatch"),
    ("NewModule", "import Glibc"),
    ("SharedArraysCore", "let a = \"/*\"\nimport SharedArraysLinearAlgebra"),
    ("SharedArraysCore", "let a = #\"\\\"#\nimport SharedArraysLinearAlgebra"),
    ("SharedArraysCore", "/* a /* b */ c */ import SharedArraysLinearAlgebra"),
  ])
  func `a wrong import is found`(module: String, text: String) {
    let file = SourceFile(path: "Sources/\(module)/File.swift", text: text)
    #expect(importViolations(in: file).count == 1)
  }

  @Test(arguments: [
    (
      "SharedArraysCore",
      "public import SharedArraysMemory\nimport Glibc.stdio\ninternal import ComplexModule"
    ),
    ("SharedArraysTool", "import ArgumentParser\nimport Foundation\nimport SharedArrays"),
    ("SharedArraysSystem", "internal import CSharedArraysShims\nimport Synchronization"),
    ("SharedArraysSystem", "// import Foundation\n/*\nimport Foundation /* */\n*/\nlet a = 1"),
    ("SharedArraysSystem", "let a = \"\"\"\n  import Foundation\n  \"\"\""),
    ("SharedArraysSystem", "let important = 1\nimportant import"),
  ])
  func `a right import passes`(module: String, text: String) {
    let file = SourceFile(path: "Sources/\(module)/Folder/File.swift", text: text)
    #expect(importViolations(in: file) == [])
  }

  @Test func `a violation names the place and the allowed modules`() {
    let text = "import Glibc\n\n// Why.\nimport SharedArraysCore"
    let file = SourceFile(path: "Sources/Multiprocessing/Pool.swift", text: text)
    #expect(
      importViolations(in: file) == [
        "Sources/Multiprocessing/Pool.swift:4: Multiprocessing may not import SharedArraysCore; "
          + "the project modules it may import: SharedArraysLocks, SharedArraysMemory, SharedArraysSystem, "
          + "SharedArraysTransfer"
      ])
  }

  @Test(arguments: [
    ("SharedArraysCore/Exports.swift", 1), ("Multiprocessing/A.swift", 1), ("SharedArrays/Exports.swift", 0),
    ("Multiprocessing/Exports.swift", 0),
  ])
  func `a re-export outside the product modules is found`(path: String, count: Int) {
    let text = "// Why.\n@_exported import SharedArraysSystem"
    #expect(reexportViolations(in: SourceFile(path: "Sources/\(path)", text: text)).count == count)
  }

  @Test(arguments: [
    ("final class A: @unchecked Sendable {}", 1),
    ("let a = 1\nextension A: @unchecked Sendable {}", 1),
    ("// About b.\nlet b = 1\n@frozen\nfinal class A: @unchecked Sendable {}", 1),
    ("// Why.\n\nfinal class A: @unchecked Sendable {}", 1),
    ("// Why.\nfinal class A: @unchecked Sendable {}", 0),
    ("let a = 1\n/// Why.\n@frozen\nfinal class A:\n  B,\n  @unchecked Sendable\n{}", 0),
    ("/* Why.\n   Because. */\nfinal class A: @unchecked Sendable {}", 0),
    ("// @unchecked Sendable\nlet a = \"@unchecked Sendable\"", 0),
  ])
  func `an unchecked Sendable without a comment is found`(text: String, count: Int) {
    let file = SourceFile(path: "Sources/SharedArraysCore/A.swift", text: text)
    #expect(uncheckedSendableViolations(in: file).count == count)
  }

  @Test(arguments: [(400, 0), (401, 1)])
  func `a long file is found`(lineCount: Int, count: Int) {
    let text = String(repeating: "\n", count: lineCount)
    #expect(
      lengthViolations(in: SourceFile(path: "Sources/SharedArraysCore/A.swift", text: text)).count == count)
  }

  @Test(arguments: [
    ("#include \"kernels.h\"", 1),
    ("# include <ckernels.h>", 1),
    ("#include \"../Sources/CSharedArraysKernels/include/CShims.h\"", 1),
    ("#include \"CShimsMemory.h\"", 0),
    ("#include <sys/mman.h>", 0),
  ])
  func `a foreign header in CShims is found`(text: String, count: Int) {
    let file = SourceFile(path: "CShims/a.c", text: text)
    #expect(includeViolations(in: file, projectHeaders: ["ckernels.h"]).count == count)
  }

  @Test func `unsafe flags are found`() {
    let text = "// No unsafeFlags.\nlet a: SwiftSetting = .unsafeFlags([])"
    #expect(manifestViolations(in: SourceFile(path: "Package.swift", text: text)).count == 1)
  }
}
