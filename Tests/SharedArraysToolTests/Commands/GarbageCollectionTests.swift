import Foundation
import TestSupport
import Testing

/// Tests of the segments that `gc` removes and keeps. Each test has a /dev/shm of its own.
@Suite(
  .serialized, .timeLimit(.minutes(5)),
  .enabled(
    if: privateSharedMemoryFault == nil,
    "These tests need a private /dev/shm: \(privateSharedMemoryFault ?? "")"))
struct GarbageCollectionTests {
  @Test func `a dry run lists a killed creator's orphan, gc removes it, and other files stay`() throws {
    let place = try PrivateSharedMemory()
    try place.makeFilesOfOthers()
    let creator = try startAgent(in: place)
    try creator.ask("array orphan 100 3")
    let whole = try place.names()
    #expect(whole.contains("orphan"))
    creator.kill()
    // The kill itself removes nothing.
    #expect(try place.names() == whole)

    let trial = try place.collect("--dry-run")
    #expect(trial["orphan"] == "removable None []" && trial["kept"] == "kept persistent []")
    #expect(trial.count == 2, "\(trial)")
    #expect(try place.tool("gc", "--dry-run").output.contains("Removable: 1 of 2, 12.0 KiB.\n"))
    #expect(try place.names() == whole)

    let outcome = try place.collect()
    #expect(outcome["orphan"] == "removed None []" && outcome["kept"] == "kept persistent []")
    #expect(try place.names() == whole.subtracting(["orphan"]))
    #expect(try place.collect() == ["kept": "kept persistent []"])
  }

  @Test func `an array stays while any process has it attached, and gc removes it afterwards`() throws {
    let place = try PrivateSharedMemory()
    let creator = try startAgent(in: place)
    let other = try startAgent(in: place)
    try creator.ask("array shared 100")
    try other.ask("attach-array shared")
    let both = [creator.pid, other.pid].sorted().map(String.init).joined(separator: ", ")
    #expect(try place.collect() == ["shared": "kept held [\(both)]"])
    creator.kill()
    #expect(try place.collect() == ["shared": "kept held [\(other.pid)]"])
    let text = try place.tool("gc").output
    #expect(text == "kept shared (12.0 KiB): in use by process \(other.pid)\nRemoved: 0 of 1, 0 B.\n")
    #expect(try place.names() == ["shared"])
    other.kill()
    #expect(
      try place.tool("gc").output == """
        removed shared (12.0 KiB): no process uses it
        Removed: 1 of 1, 12.0 KiB.

        """)
    #expect(try place.names() == [])
    #expect(try place.tool("gc").output == "/dev/shm contains no arrays of this package.\n")
  }

  @Test(.needsNumPy)
  func `an array that only a NumPy process maps stays until that process ends`() throws {
    let place = try PrivateSharedMemory()
    let creator = try startAgent(in: place)
    try creator.ask("array mapped 10")
    let (numPy, size) = try startPython(mappingProgram, "mapped", in: place)
    #expect(size == "10")
    creator.kill()
    #expect(try place.collect("--dry-run") == ["mapped": "kept mapped [\(numPy.pid)]"])
    #expect(try place.collect() == ["mapped": "kept mapped [\(numPy.pid)]"])
    // Even with trusted locks, processes that map the segment are respected where every process can
    // be inspected.
    #expect(try place.collect("--trust-locks") == ["mapped": "kept mapped [\(numPy.pid)]"])
    #expect(try place.names() == ["mapped"])
    numPy.kill()
    #expect(try place.collect() == ["mapped": "removed None []"])
    #expect(try place.names() == [])
  }

  @Test func `a draft stays while its creator runs, and gc removes it afterwards`() throws {
    let place = try PrivateSharedMemory()
    let creator = try startAgent(in: place)
    let draft = try creator.ask("draft")
    #expect(try place.collect()[draft]?.hasPrefix("kept held") == true)
    #expect(try place.tool("gc", "--json").objects("segments")[draft]?["kind"] as? String == "draft")
    creator.kill()
    #expect(try place.collect("--dry-run") == [draft: "removable None []"])
    #expect(try place.names() == [draft])
    #expect(try place.collect() == [draft: "removed None []"])
    #expect(try place.names() == [])
  }

  @Test(.needsNumPy)
  func `gc in its own process namespace removes orphans and keeps arrays of unseen processes`() throws {
    let place = try PrivateSharedMemory()
    let creator = try startAgent(in: place)
    try creator.ask("array orphan 10")
    try creator.ask("array near 10")
    try creator.ask("array mapped 10")
    let holder = try startAgent(in: place)
    try holder.ask("attach-array near")
    let (numPy, _) = try startPython(mappingProgram, "mapped", in: place)
    creator.kill()
    let container = ["unshare", "-pf", "--kill-child", "--mount-proc", programs + "/sharedarray", "gc"]
    let kept = ["near": "kept held []", "mapped": "kept unseen []"]
    let trial = try place.collect("--dry-run", by: container)
    #expect(trial == kept.merging(["orphan": "removable None []"]) { $1 })
    #expect(try place.collect(by: container) == kept.merging(["orphan": "removed None []"]) { $1 })
    #expect(try place.names() == ["near", "mapped"])
    let text = try place.run(container).output
    let explained = "kept mapped (12.0 KiB): it might be in use: processes outside this PID namespace"
    #expect(text.contains(explained))
    let trusted = try place.collect(by: container + ["--trust-locks"])
    #expect(trusted == ["near": "kept held []", "mapped": "removed None []"])
    numPy.kill()
    #expect(try place.names() == ["near"])
  }

  @Test(.needsRoot)
  func `an array of another user stays`() throws {
    let place = try PrivateSharedMemory()
    let creator = try startAgent(in: place, as: nobody)
    try creator.ask("array foreign 10")
    creator.kill()
    #expect(try place.collect() == ["foreign": "kept foreignUser []"])
    #expect(try place.names() == ["foreign"])
    #expect(
      try place.collect(by: nobody + [programs + "/sharedarray", "gc"]) == ["foreign": "removed None []"])
  }

  @Test(.needsRoot)
  func `a process with unreadable mappings keeps the array that it maps and no other array`() throws {
    let place = try PrivateSharedMemory()
    let creator = try startAgent(in: place, as: nobody)
    try creator.ask("array secret 10")
    try creator.ask("array orphan 10")
    // The kernel hides the mappings of a process that has changed its user. Programs that hold
    // passwords hide theirs in the same way.
    let keeper = try startAgent(in: place)
    try keeper.ask("user 65534")
    try keeper.ask("map secret")
    creator.kill()
    let collecting = nobody + [programs + "/sharedarray", "gc"]
    let trial = try place.collect("--dry-run", by: collecting)
    #expect(trial == ["secret": "kept unseen []", "orphan": "removable None []"])
    #expect(try place.names() == ["secret", "orphan"])
    let outcome = try place.collect(by: collecting)
    #expect(outcome == ["secret": "kept unseen []", "orphan": "removed None []"])
    #expect(try place.run(collecting).output.contains("the mappings of process \(keeper.pid) cannot be read"))
    #expect(try place.names() == ["secret"])
    keeper.kill()
    #expect(try place.collect(by: collecting) == ["secret": "removed None []"])
  }
}

/// Maps the array whose name is the argument, without keeping a descriptor, and prints its number
/// of elements.
private let mappingProgram = """
  import numpy
  x = numpy.load("/dev/shm/" + sys.argv[1], mmap_mode="r+")
  print(x.size, flush=True)
  """

private let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

extension PrivateSharedMemory {
  /// Returns what `gc` did or would do with each name: outcome, reason and processes.
  fileprivate func collect(
    _ options: String..., by command: [String] = [programs + "/sharedarray", "gc"]
  ) throws -> [String: String] {
    let outcome = try run(command + options + ["--json"])
    #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.errors)")
    return try outcome.objects("segments").mapValues { segment in
      let reason = segment["reason"] as? String ?? "None"
      return "\(segment["outcome"] ?? "?") \(reason) \(segment["processes"] ?? "?")"
    }
  }

  /// Creates a persistent array, and files like those of other programs.
  fileprivate func makeFilesOfOthers() throws {
    #expect(try tool("create", "kept", "--shape", "3").status == 0)
    let script =
      "cd /dev/shm && echo bytes >psm_1 && echo bytes >torch_1 && touch empty && mkdir folder && ln -s x y"
    #expect(try run(["sh", "-c", script]).status == 0)
  }
}
