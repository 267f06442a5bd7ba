import Foundation
import TestSupport
import Testing

// SAFETY: `unlink` gets a temporary C string that exists until the call returns.

/// Tests of the output of `list` for arrays, blocks and files of other programs.
@Suite(.serialized, .timeLimit(.minutes(3)), .needsNumPy)
struct ListTests {
  @Test func `an array is listed with type, shape, sizes, processes, age and lifetime`() throws {
    try withName { name in
      let creator = try startAgent()
      try creator.ask("array \(name) 1000 3")
      let (numPy, _) = try startPython(
        "import numpy; x = numpy.load('/dev/shm/\(name)', mmap_mode='r'); print(x.shape, flush=True)")
      _ = try python("import os, time; os.utime('/dev/shm/\(name)', (time.time() - 3 * 3600 - 60,) * 2)")
      let both = [creator.pid, numPy.pid].sorted()

      let listing = try tool("list", "--json")
      let keys = ["kind", "dtype", "shape", "bytes", "allocatedBytes", "lifetime", "owner"]
      let found = "[o for o in d['objects'] if o['name'] == '\(name)']"
      #expect(
        try listing.python("*([o[k] for k in \(keys)] for o in \(found))")
          == "['array', 'float64', [1000, 3], 32768, 32768, 'temporary', \(getuid())]")
      #expect(try listing.python("\(found)[0]['processes']") == "\(both)")
      #expect(try listing.python("\(found)[0]['ageSeconds'] >= 3 * 3600 + 60") == "True")

      let text = try tool("list").output.split(separator: "\n")
      #expect(
        text[0].split(separator: " ") == [
          "NAME", "KIND", "DTYPE", "SHAPE", "SIZE", "RESIDENT", "PIDS", "AGE", "LIFETIME",
        ])
      let row = try #require(text.first { $0.hasPrefix(name + " ") })
      let pids = both.map(String.init).joined(separator: ",")
      #expect(
        row.collapsed.hasPrefix("\(name) array float64 (1000, 3) 32.0 KiB 32.0 KiB \(pids) 3 h temporary"))

      numPy.kill()
      creator.kill()
      let orphan = try tool("list", "--json").objects("objects")[name]
      // A sweep by any program on this machine might have removed it already.
      #expect(orphan == nil || orphan?["processes"] as? [Int] == [])
    }
  }

  @Test(arguments: [
    ("psm_", "python"), ("sem.mp-", "python-semaphore"), ("sem.loky-", "joblib-semaphore"),
    ("sem.", "semaphore"), ("loky-", "joblib"), ("torch_", "pytorch"), ("vader_segment.", "openmpi"),
    ("sm_segment.", "openmpi"), ("mpich_shar_tmp", "mpich"), ("Intel_MPI_", "intel-mpi"),
    ("shm-col-space-", "intel-mpi"), ("ucx_shm_posix_", "ucx"), ("some-program-", "other"),
  ])
  func `objects of other programs are recognised by their names`(prefix: String, kind: String) throws {
    let name = prefix + UUID().uuidString
    defer { unsafe unlink("/dev/shm/" + name) }
    try Data(count: 5000).write(to: URL(filePath: "/dev/shm/" + name))
    let object = try #require(try tool("list", "--json").objects("objects")[name])
    #expect(object["kind"] as? String == kind)
    #expect(object["bytes"] as? Int == 5000 && object["allocatedBytes"] as? Int == 8192)
    #expect(object["processes"] as? [Int] == [])
    for key in ["dtype", "shape", "lifetime"] { #expect(object[key] == nil) }
    #expect(try tool("info", name, "--json").json()["kind"] as? String == kind)
    #expect(try tool("list", "--help").output.collapsed.contains(kind))
  }

  @Test func `the folder of joblib, a link and a plain file of NumPy are distinguished`() throws {
    let unique = UUID().uuidString
    let names = ["joblib_memmapping_folder_1_\(unique)", "link-\(unique)", "file-\(unique)"]
    defer { for name in names { try? FileManager.default.removeItem(atPath: "/dev/shm/" + name) } }
    _ = try python(
      """
      import numpy, os, sys
      os.chdir("/dev/shm")
      os.mkdir(sys.argv[1])
      os.symlink("/etc/passwd", sys.argv[2])
      with open(sys.argv[3], "wb") as file: numpy.save(file, numpy.ones((2, 5), "<i2"))
      """, names[0], names[1], names[2])
    let objects = try tool("list", "--json").objects("objects")
    #expect(names.map { objects[$0]?["kind"] as? String } == ["joblib", "special", "npy"])
    #expect(objects[names[2]]?["dtype"] as? String == "int16")
    #expect(objects[names[2]]?["shape"] as? [Int] == [2, 5])
  }

  @Test func `a block of Python is listed with the memory it has touched and its process`() throws {
    let (helper, name) = try startPython(
      """
      from multiprocessing import resource_tracker, shared_memory
      block = shared_memory.SharedMemory(create=True, size=1 << 20)
      resource_tracker.unregister(block._name, "shared_memory")
      block.buf[:8192] = bytes(8192)
      print(block.name, flush=True)
      """)
    defer { unsafe unlink("/dev/shm/" + name) }
    let object = try #require(try tool("list", "--json").objects("objects")[name])
    #expect(object["kind"] as? String == "python")
    #expect(object["bytes"] as? Int == 1 << 20 && object["allocatedBytes"] as? Int == 8192)
    #expect(object["processes"] as? [Int] == [Int(helper.pid)])
  }

  @Test func `a block is listed as a block under a generated name, and by its name otherwise`() throws {
    try withName { name in
      let agent = try startAgent()
      let drawn = try agent.ask("block 100")
      let python = "psm_" + name
      let chosen = [name: "other", python: "python", drawn: "block"]
      defer { for name in chosen.keys { unsafe unlink("/dev/shm/" + name) } }
      for name in [name, python] { try agent.ask("block 100 \(name)") }
      let objects = try tool("list", "--json").objects("objects")
      for (name, kind) in chosen {
        #expect(objects[name]?["kind"] as? String == kind)
        #expect(objects[name]?["bytes"] as? Int == 100)
        #expect(objects[name]?["processes"] as? [Int] == [Int(agent.pid)])
      }
      let help = try tool("list", "--help").output.collapsed
      #expect(help.contains("A SharedBlock contains only its bytes: with a name chosen by the program"))
    }
  }

  @Test func `control characters in a name are escaped in the table and preserved in JSON`() throws {
    try withName { name in
      let odd = name + "\u{1b}[31m\n\"x\"\\"
      try Data([1]).write(to: URL(filePath: "/dev/shm/" + odd))
      let rows = try tool("list").output.split(separator: "\n").filter { $0.hasPrefix(name) }
      #expect(rows.count == 1 && rows[0].hasPrefix(name + #"\u{1B}[31m\n\"x\"\\ "#))
      let listing = try tool("list", "--json")
      #expect(
        try listing.python("[o['name'] for o in d['objects']].count('\(name)\\x1b[31m\\n\"x\"\\\\')") == "1")
    }
  }
}

extension StringProtocol {
  /// The words with one space between them.
  var collapsed: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
