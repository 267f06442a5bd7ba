import Foundation
import TestSupport
import Testing

/// Tests of the effects and the output of `info`, `create`, `export`, `unlink` and `doctor`.
@Suite(.serialized, .timeLimit(.minutes(3)), .needsNumPy)
struct CommandTests {
  @Test func `info prints all properties of an array and whether its creator runs`() throws {
    try withName { name in
      let creator = try startAgent()
      try creator.ask("array \(name) 4 5")
      let keeper = try startAgent()
      try keeper.ask("attach-array \(name)")
      let info = try tool("info", name, "--json")
      #expect(
        try info.python(
          "*(d[k] for k in 'kind dtype shape stridesBytes dataBytes bytes allocatedBytes'.split())")
          == "array float64 [4, 5] [40, 8] 160 12288 12288")
      #expect(
        try info.python("*(d[k] for k in 'lifetime creator creatorState owner mode processes'.split())")
          == "temporary \(creator.pid) runs \(getuid()) 0600 \([creator.pid, keeper.pid].sorted())")
      #expect(
        try info.python("len(bytes.fromhex(d['generation'])), eval(d['header'])['shape']") == "8 (4, 5)")
      creator.kill()
      #expect(try tool("info", name, "--json").json()["creatorState"] as? String == "ended")
      let lines = try tool("info", name).output.split(separator: "\n").map(\.collapsed)
      #expect(lines.contains("creator: process \(creator.pid), which has ended"))
      #expect(lines.contains("shape: (4, 5)") && lines.contains("processes: \(keeper.pid)"))
    }
  }

  @Test func `info leaves out unknown properties of a foreign file`() throws {
    try withName { name in
      try Data(count: 10).write(to: URL(filePath: "/dev/shm/" + name))
      let keys = try tool("info", name, "--json").python("sorted(set(d) - {'gaps', 'ownerName'})")
      #expect(
        keys == "['ageSeconds', 'allocatedBytes', 'bytes', 'kind', 'mode', 'name', 'owner', 'processes']")
    }
  }

  @Test(arguments: [
    ("5", "f4", "(5,)", "float32"), ("(3,)", "double", "(3,)", "float64"),
    ("[2, 3]", "<i2", "(2, 3)", "int16"), ("()", "complex", "()", "complex128"),
    ("0,4", "bool", "(0, 4)", "bool"),
    ("1,2,3,4,5,6,7,8", "u1", "(1, 2, 3, 4, 5, 6, 7, 8)", "uint8"),
  ])
  func `create makes a persistent array of zeros that NumPy opens`(
    shape: String, dtype: String, wanted: String, name type: String
  ) throws {
    try withName { name in
      let created = try tool("create", name, "--dtype", dtype, "--shape", shape, "--json")
      #expect(
        try created.python("d['name'], d['dtype'], tuple(d['shape']), d['lifetime']")
          == "\(name) \(type) \(wanted) persistent")
      let loaded = """
        import numpy, os, sys
        x = numpy.load("/dev/shm/" + sys.argv[1], mmap_mode="r+")
        print(x.shape, x.dtype, x.any(), x.nbytes, os.path.getsize("/dev/shm/" + sys.argv[1]))
        """
      let sizes = try created.python("d['dataBytes'], d['bytes']")
      #expect(try python(loaded, name) == "\(wanted) \(type) False \(sizes)")
    }
  }

  @Test func `import prints the array that it has created`() throws {
    try withName { name in
      try withTemporaryFolder { folder in
        _ = try python(
          "import numpy, sys; numpy.save(sys.argv[1], numpy.ones((3, 2), '>i4'))", folder + "/x.npy")
        let imported = try tool("import", folder + "/x.npy", name, "--json")
        #expect(
          try imported.python("d['name'], d['dtype'], d['shape'], d['dataBytes'], d['bytes'], d['lifetime']")
            == "\(name) int32 [3, 2] 24 12288 persistent")
        let text = try tool("import", folder + "/x.npy", name + "-2").output
        #expect(text == "Created /dev/shm/\(name)-2: int32 (3, 2), 24 B, persistent\n")
      }
    }
  }

  @Test(arguments: ["bool", "int8", "uint64", "float16", "float32", "float64", "complex64", "complex128"])
  func `export writes the same file as NumPy and replaces an old file`(dtype: String) throws {
    try withName { name in
      try withTemporaryFolder { folder in
        let file = folder + "/x.npy"
        #expect(try tool("create", name, "--dtype", dtype, "--shape", "3,4").status == 0)
        try Data("old".utf8).write(to: URL(filePath: file))
        _ = try python(
          """
          import numpy, sys
          x = numpy.load("/dev/shm/" + sys.argv[1], mmap_mode="r+")
          x[:] = (numpy.arange(12) % 5).reshape(3, 4)
          numpy.save(sys.argv[2], x)
          """, name, folder + "/wanted.npy")
        let quiet = try tool("export", name, file)
        #expect(quiet.status == 0 && quiet.output == "" && quiet.errors == "")
        #expect(
          FileManager.default.contents(atPath: file)
            == FileManager.default.contents(atPath: folder + "/wanted.npy"))
        let exported = try tool("export", name, file, "--json")
        #expect(
          try exported.python("d['name'] + ' ' + d['file'], d['dtype'], d['shape'], d['dataBytes'] / 12")
            == "\(name) \(file) \(dtype) [3, 4] \(python("import numpy; print(numpy.dtype('\(dtype)').itemsize / 1)"))"
        )
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
      }
    }
  }

  @Test func `unlink removes all arrays it can and reports other names, and force removes any file`() throws {
    try withName { name in
      let holder = try startAgent()
      try holder.ask("array \(name)-held 2")
      for suffix in ["-1", "-2", "-3"] {
        #expect(try tool("create", name + suffix, "--shape", "2").status == 0)
      }
      try Data("raw".utf8).write(to: URL(filePath: "/dev/shm/\(name)-raw"))
      let mixed = try tool("unlink", name + "-1", name + "-raw", name + "-none", name + "-2")
      #expect(mixed.status == 1 && mixed.output == "")
      let sentences = mixed.errors.split(separator: "\n")
      #expect(sentences.count == 2 && sentences.allSatisfy { $0.hasPrefix("Error: ") })
      #expect(sentences[0].contains("\(name)-raw") && sentences[1].contains("\(name)-none"))
      #expect(
        sharedMemoryNames().filter { $0.hasPrefix(name) }.sorted()
          == ["-3", "-held", "-raw"].map { name + $0 })

      // The name of an array in use is removed too, and its user keeps the memory.
      let removed = try tool("unlink", "--json", name + "-3", name + "-held")
      #expect(removed.status == 0)
      #expect(try removed.python("d['removed'], d['failures']") == "['\(name)-3', '\(name)-held'] []")
      #expect(processState(Int(holder.pid)) != nil)
      let failed = try tool("unlink", "--json", name + "-none")
      #expect(failed.status == 1)
      #expect(try failed.python("d['removed'], d['failures'][0]['name']") == "[] \(name)-none")
      #expect(try "Error: " + failed.python("d['failures'][0]['error']") + "\n" == failed.errors)
      #expect(try tool("unlink", "--force", name + "-raw").status == 0)
      #expect(!sharedMemoryNames().contains { $0.hasPrefix(name) })
    }
  }

  @Test func `gc prints every key that its help names`() throws {
    try withName { name in
      #expect(try tool("create", name, "--shape", "2").status == 0)
      // A dry run, since other programs use this /dev/shm.
      let outcome = try tool("gc", "--dry-run", "--json")
      let own = "next(s for s in d['segments'] if s['name'] == '\(name)')"
      #expect(
        try outcome.python("sorted(\(own))")
          == "['allocatedBytes', 'explanation', 'kind', 'name', 'outcome', 'processes', 'reason']")
      #expect(
        try outcome.python("*(\(own)[k] for k in 'kind allocatedBytes outcome reason processes'.split())")
          == "array 12288 kept persistent []")
    }
  }

  @Test func `doctor checks everything, and nothing fails here`() throws {
    let outcome = try tool("doctor", "--json")
    #expect(outcome.status == 0)
    let names = try outcome.python("*(c['name'] for c in d['checks']), sep='|'").split(separator: "|")
    #expect(names.contains("memfd") && names.contains("/dev/shm size") && names.contains("OpenBLAS"))
    #expect(try outcome.python("{c['state'] for c in d['checks']} <= {'ok', 'warn'}") == "True")
    #expect(try outcome.python("all(c['value'] and c['meaning'] for c in d['checks'])") == "True")
    #expect(try tool("doctor").output.split(separator: "\n").count == names.count + 1)
  }

  @Test(
    .enabled(
      if: privateSharedMemoryFault == nil, "No private /dev/shm: \(privateSharedMemoryFault ?? "")"))
  func `doctor ends with exit code 1 if arrays cannot be created`() throws {
    let place = try PrivateSharedMemory()
    // Only the mount becomes read-only, not the file system behind it.
    #expect(try place.run(["mount", "-o", "remount,bind,ro", "/dev/shm"]).status == 0)
    let outcome = try place.tool("doctor", "--json")
    #expect(outcome.status == 1 && outcome.errors == "")
    #expect(try outcome.python("*(c['name'] for c in d['checks'] if c['state'] == 'fail')") == "/dev/shm")
  }
}
