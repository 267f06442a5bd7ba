import Foundation
import SharedArraysCore
import SharedArraysSystem
import TestSupport
import Testing

/// Tests that `save` is suitable for checkpoints: whenever its writer is killed, one complete
/// version exists. The next save removes all files that `save` has left, but no others.
@Suite(.serialized, .timeLimit(.minutes(5))) struct CheckpointTests {
  /// The kinds of staging files: without a name, as on most systems, and with a hidden name where
  /// faults can be injected.
  private static let kinds = FaultInjection.isAvailable ? [false, true] : [false]

  /// Runs `body` as on a system without unnamed files.
  private static func withoutUnnamedFiles<Result>(
    _ isWithout: Bool = true, _ body: () throws -> Result
  ) rethrows -> Result {
    guard isWithout else { return try body() }
    return try FaultInjection.failing("open(O_TMPFILE)", with: 95, forEver: true, body)
  }

  @Test(arguments: kinds)
  func `readers see one whole version while writers are killed, and the next save cleans up`(
    hasHiddenNames: Bool
  ) throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x.npy"
      let own = try Self.makeOwnFiles(in: directory)
      // Views are saved in many pieces. Their sizes distinguish the versions.
      let versions = try [30_000, 50_000].enumerated().map { number, count in
        let array = try SharedArray<Int>(shape: [5, count])
        array.fill(number + 1)
        return array.transposed()
      }
      // In this process first, so that a forked child needs no type that the runtime has not
      // created yet.
      for version in versions { try version.save(path) }
      var generator = SeededGenerator(seed: 11)
      var leftBehind = 0
      for round in 0..<100 {
        var first = try startChild { Self.saveForEver(versions, path, hasHiddenNames) }
        var second = try startChild { Self.saveForEver(versions.reversed(), path, hasHiddenNames) }
        sleepFor(milliseconds: Int.random(in: 0...12, using: &generator))
        try expectOneVersion(path, "round \(round), writers alive")
        first.kill()
        _ = first.reap()
        try expectOneVersion(path, "round \(round), one writer alive")
        sleepFor(milliseconds: Int.random(in: 0...3, using: &generator))
        second.kill()
        _ = second.reap()
        try expectOneVersion(path, "round \(round)")
        leftBehind += try Self.names(in: directory).count - own.count - 1
        if round % 5 == 4 {
          try versions[round / 5 % 2].save(path)
          #expect(try Self.names(in: directory) == own.union(["x.npy"]))
        }
      }
      #expect(leftBehind > 0 || !hasHiddenNames, "some writers were killed while they wrote")
      try Self.expectOwnFiles(own, in: directory)
      if pythonIsAvailable {
        let program =
          "import sys, numpy; x = numpy.load(sys.argv[1]); print(len(x) == 10000 + 20000 * x.max())"
        #expect(try python(program, path) == "True")
      } else {
        Issue.record("No Python here has NumPy to read the file.", severity: .warning)
      }
    }
  }

  private static func saveForEver(
    _ versions: [SharedArray<Int>], _ path: String, _ hasHiddenNames: Bool
  ) -> CInt {
    withoutUnnamedFiles(hasHiddenNames) {
      while true {
        for version in versions where (try? version.save(path)) == nil { return 1 }
      }
    }
  }

  private func expectOneVersion(_ path: String, _ comment: Comment) throws {
    let found = try SharedArray<Int>.load(npy: path)
    let number = found.shape == [30_000, 5] ? 1 : 2
    #expect(found.shape == [number == 1 ? 30_000 : 50_000, 5], comment)
    #expect(found.sum() == number * found.count, comment)
  }

  // MARK: - Removal of staging files

  @Test(arguments: kinds)
  func `a save removes the staging file of a writer killed before the last step, for any path`(
    hasHiddenNames: Bool
  ) throws {
    try withTemporaryDirectory { directory in
      let array = try counted([3])
      try array.save(directory + "/x.npy")
      if FaultInjection.isAvailable {
        // The child can neither rename the file nor unlink it afterwards.
        let outcome = try forkedChild {
          Self.withoutUnnamedFiles(hasHiddenNames) {
            FaultInjection.failing("unlink", with: 5, forEver: true) {
              FaultInjection.failing("rename", with: 5, afterCalls: hasHiddenNames ? 1 : 0) {
                (try? array.save(directory + "/y.npy")) == nil ? 0 : 1
              }
            }
          }
        }
        #expect(outcome == .exited(code: 0))
        #expect(try Self.names(in: directory).count == 2)
      }
      _ = try leave("as if it had been killed", in: directory)
      #expect(
        FileManager.default.createFile(
          atPath: directory + "/\(Self.prefix)new-0123456789abcdef", contents: nil))
      try array.save(directory + "/x.npy")
      #expect(try Self.names(in: directory) == ["x.npy"])
    }
  }

  @Test func `a save keeps the hidden file of a running writer`() throws {
    try withTemporaryDirectory { directory in
      let name = try leave("half of", in: directory)
      let part = try OwnedDescriptor.openFile(directory + "/" + name, .readWrite)
      #expect(try part.tryLockExclusive())
      let array = try counted([3])
      try array.save(directory + "/x.npy")
      #expect(try Self.names(in: directory) == ["x.npy", name])
      #expect(try SharedArray<Int>.load(npy: directory + "/x.npy").sum() == 3)
    }
  }

  @Test func `files that no save has written stay, whatever their names`() throws {
    try withTemporaryDirectory { directory in
      let own = try Self.makeOwnFiles(in: directory)
      for number in 0..<3 {
        try counted([3 + number]).save(directory + "/x.npy")
        #expect(try Self.names(in: directory) == own.union(["x.npy"]))
      }
      try Self.expectOwnFiles(own, in: directory)
    }
  }

  @Test(.needsRoot) func `the staging file of another user's writer stays`() throws {
    try withTemporaryDirectory { directory in
      let name = try leave("another user's", in: directory)
      try FileManager.default.setAttributes([.ownerAccountID: 65_534], ofItemAtPath: directory + "/" + name)
      try counted([3]).save(directory + "/x.npy")
      #expect(try Self.names(in: directory) == ["x.npy", name])
    }
  }

  private static let prefix = ".sharedarray-part-"

  /// Leaves a file as a killed writer does, and returns its name.
  private func leave(_ text: String, in directory: String) throws -> String {
    try Data(text.utf8).write(to: URL(filePath: directory + "/new"))
    let number = try OwnedDescriptor.openFile(directory + "/new", .readOnly).status().identity.inode
    let name = "\(Self.prefix)\(hexadecimal(number))-\(hexadecimal(try randomBits()))"
    try FileManager.default.moveItem(atPath: directory + "/new", toPath: directory + "/" + name)
    return name
  }

  /// Creates files that resemble those of writers, each with its name as its contents, and returns
  /// the names.
  private static func makeOwnFiles(in directory: String) throws -> Set<String> {
    let digits = "0123456789abcdef"
    var names = (0..<12).map { "x.npy.part-\($0)" } + ["x.npy.part", ".x.npy", prefix, prefix + digits]
    names += ["0000000000000001-\(digits)", "new-\(digits)", "\(digits)-0", "-", "1-\(digits)"].map {
      prefix + $0
    }
    for name in names { try Data(name.utf8).write(to: URL(filePath: directory + "/" + name)) }
    // A copy that a user keeps under the name of an orphaned file.
    let file = try OwnedDescriptor.openFile(directory + "/.x.npy", .readOnly)
    let copy = "\(prefix)\(hexadecimal(try file.status().identity.inode))-\(digits)"
    try Data(copy.utf8).write(to: URL(filePath: directory + "/" + copy))
    let folder = "\(prefix)new-0000000000000000"
    try FileManager.default.createDirectory(
      atPath: directory + "/" + folder, withIntermediateDirectories: false)
    return Set(names + [copy, folder])
  }

  private static func expectOwnFiles(_ names: Set<String>, in directory: String) throws {
    for name in names where !name.hasSuffix("new-0000000000000000") {
      #expect(try String(contentsOfFile: directory + "/" + name, encoding: .utf8) == name)
    }
  }

  private static func names(in directory: String) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: directory))
  }

  // MARK: - Places

  @Test func `a path without a directory is saved in the current one`() throws {
    try withTemporaryDirectory { directory in
      let array = try counted([4])
      try array.save(directory + "/x.npy")
      let outcome = try forkedChild {
        guard FileManager.default.changeCurrentDirectoryPath(directory) else { return 1 }
        guard (try? array[.stride(by: 2)].save("x.npy")) != nil else { return 2 }
        return 0
      }
      #expect(outcome == .exited(code: 0))
      #expect(try SharedArray<Int>.load(npy: directory + "/x.npy").toArray() == [0, 2])
    }
  }

  @Test(.needsFaultInjection, arguments: [1, 2, 95])
  func `a save writes the file again if the unnamed file cannot be linked`(code: CInt) throws {
    try withTemporaryDirectory { directory in
      let array = try counted([20_000, 6])[.all, 0..<5]
      try FaultInjection.failing("linkat", with: code) { try array.save(directory + "/x.npy") }
      #expect(try SharedArray<Int>.load(npy: directory + "/x.npy").toArray() == array.toArray())
      try FaultInjection.failing("linkat", with: code) {
        try array.save(csv: directory + "/x.csv")
      }
      #expect(try SharedArray<Int>.load(csv: directory + "/x.csv").toArray() == array.toArray())
      #expect(try Self.names(in: directory) == ["x.npy", "x.csv"])
    }
  }

  // MARK: - The last step

  @Test(.needsFaultInjection, arguments: [13, 22])
  func `a directory that does not support synchronization is not an error`(code: CInt) throws {
    try withTemporaryDirectory { directory in
      let array = try counted([3])
      try FaultInjection.failing("open", with: code) { try array.save(directory + "/x.npy") }
      try FaultInjection.failing("fsync", with: code, afterCalls: 2) { try array.save(directory + "/x.npy") }
      #expect(try SharedArray<Int>.load(npy: directory + "/x.npy").sum() == 3)
    }
  }

  @Test(.needsFaultInjection)
  func `the error says that the file is in its place if the last step fails`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x.npy"
      try counted([3]).save(path)
      let error = #expect(throws: NPYError.self) {
        try FaultInjection.failing("fsync", with: 5, afterCalls: 2) { try counted([4]).save(path) }
      }
      #expect(
        error?.description
          == "The file \"\(path)\": it is complete, but its name might not survive a power failure. "
          + "fsync failed: Input/output error (errno 5).")
      #expect(error?.code == .unsynchronized)
      #expect(try SharedArray<Int>.load(npy: path).sum() == 6)
      let other = #expect(throws: CSVError.self) {
        try FaultInjection.failing("fsync", with: 5, afterCalls: 2) {
          try counted([4]).save(csv: directory + "/x.csv")
        }
      }
      #expect(other?.code == .unsynchronized)
      #expect(try SharedArray<Int>.load(csv: directory + "/x.csv").sum() == 6)
      #expect(try Self.names(in: directory) == ["x.npy", "x.csv"])
    }
  }
}
