import Foundation
import TestSupport
import Testing

/// Tests of the tool's errors: exit code 64 for wrong usage, and 1 with one sentence for everything
/// else.
@Suite(.serialized, .timeLimit(.minutes(3))) struct UsageTests {
  @Test(arguments: [
    "frob", "list extra", "list --frob", "info", "info a b", "show", "show a --slice", "create", "create a",
    "create a --shape", "create a --shape x", "create a --shape 1,-2", "create a --shape 1,,2",
    "create a --shape 1,1,1,1,1,1,1,1,1", "create a --shape 1 --dtype text", "create a --shape 1 --dtype >f8",
    "create a b --shape 1", "import", "import a", "import a b c", "export", "export a", "export a b c",
    "unlink",
    "unlink --frob a", "gc a", "gc --frob", "doctor a", "doctor --frob", "demo a", "demo --frob",
    "demo --data",
    "demo --workers", "demo --workers 0", "demo --workers -1", "demo --workers 1025", "demo --workers two",
    "checksum",
  ])
  func `wrong usage is exit code 64, with the usage on stderr and no output`(words: String) throws {
    let outcome = try run(programs + "/sharedarray", words.split(separator: " ").map(String.init))
    #expect(outcome.status == 64)
    #expect(outcome.output == "")
    #expect(outcome.errors.hasPrefix("Error: ") && outcome.errors.contains("\nUsage: sharedarray "))
  }

  @Test(arguments: ["info", "show", "export", "unlink", "create", "import", "checksum"], [false, true])
  func `a bad name is exit code 1 and one sentence that shows it`(command: String, printsJSON: Bool) throws {
    let long = String(repeating: "n", count: 256)
    try withTemporaryFolder { folder in
      let file = folder + "/x.npy"
      try npyOfOneByte.write(to: URL(filePath: file))
      for name in ["", ".", "..", "../etc/passwd", "a/b", "/etc/passwd", long] {
        var words = [command, name]
        switch command {
        case "export": words.append(folder + "/y.npy")
        case "import": words = [command, file, name]
        case "create": words += ["--shape", "2"]
        default: break
        }
        if printsJSON, !["checksum", "unlink"].contains(command) { words.append("--json") }
        let outcome = try run(programs + "/sharedarray", words)
        #expect(
          outcome.isRefusal("Shared memory \"\(name)\": this is not a valid"), "\(words): \(outcome)")
        #expect(!FileManager.default.fileExists(atPath: folder + "/y.npy"))
      }
    }
  }

  @Test(arguments: ["info", "show", "export", "unlink", "checksum"])
  func `a missing array is exit code 1 and one sentence that names it`(command: String) throws {
    try withName { name in
      try withTemporaryFolder { folder in
        let file = folder + "/x.npy"
        let outcome = try run(
          programs + "/sharedarray", [command, name] + (command == "export" ? [file] : []))
        #expect(outcome.isRefusal("\"\(name)\": no segment has this name."), "\(outcome)")
        #expect(!FileManager.default.fileExists(atPath: file))
      }
    }
  }

  @Test(arguments: ["show", "export", "unlink", "checksum"])
  func `an object that is not an array is exit code 1 and one sentence, and stays`(command: String) throws {
    try withName { name in
      try Data("bytes".utf8).write(to: URL(filePath: "/dev/shm/" + name))
      try FileManager.default.createDirectory(
        atPath: "/dev/shm/\(name)-folder", withIntermediateDirectories: false)
      for (name, reason) in [
        (name, "no valid control page"), (name + "-folder", "not lead to a regular file"),
      ] {
        let file = command == "export" ? ["/nowhere/x.npy"] : []
        let outcome = try run(programs + "/sharedarray", [command, name] + file)
        #expect(outcome.isRefusal(reason), "\(outcome)")
        #expect(sharedMemoryNames().contains(name))
      }
    }
  }

  @Test func `a taken name and an array too large for memory are exit code 1 and one sentence`() throws {
    try withName { name in
      try withTemporaryFolder { folder in
        let file = folder + "/x.npy"
        try npyOfOneByte.write(to: URL(filePath: file))
        #expect(try tool("create", name, "--shape", "2", "--dtype", "int8").status == 0)
        #expect(try tool("create", name, "--shape", "3").isRefusal("already exists"))
        #expect(try tool("import", file, name).isRefusal("already exists"))
        #expect(try tool("show", name).output == "[0 0]\n")
        for shape in ["100000000000000", "4294967296,4294967296", "9223372036854775807,9223372036854775807"] {
          let outcome = try tool("create", name + "-large", "--shape", shape)
          let reasons = [
            "not enough memory is left", "no address space is left", "no segment can be that large",
          ]
          #expect(reasons.contains { outcome.isRefusal($0) }, "\(outcome)")
        }
        #expect(sharedMemoryNames().filter { $0.hasPrefix(name) } == [name])
      }
    }
  }

  @Test func `a file that cannot be read or written is exit code 1 and one sentence`() throws {
    try withName { name in
      try withTemporaryFolder { folder in
        try Data("no array".utf8).write(to: URL(filePath: folder + "/text"))
        #expect(
          try tool("import", folder + "/none", name)
            .isRefusal("/none\": reading or writing failed: open failed"))
        #expect(try tool("import", folder, name).isRefusal("not a valid .npy file"))
        #expect(try tool("import", folder + "/text", name).status == 1)
        #expect(try tool("demo", "--data", folder + "/none").isRefusal("open failed"))
        try npyOfOneByte.write(to: URL(filePath: folder + "/x.npy"))
        #expect(try tool("demo", "--data", folder + "/x.npy").isRefusal("at least two rows of a table"))
        #expect(!sharedMemoryNames().contains { $0.hasPrefix(name) })
        #expect(try tool("create", name, "--shape", "2").status == 0)
        #expect(try tool("export", name, folder + "/none/x.npy").isRefusal("open failed"))
        #expect(try tool("export", name, folder).isRefusal("rename failed"))
        let left = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(left.sorted() == ["text", "x.npy"])
      }
    }
  }
}

/// The smallest file that `import` accepts.
private let npyOfOneByte: Data = {
  let text = "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }\n"
  return Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8) + [7])
}()
