import Foundation
import NDArrays
import SystemLayer
import TestSupport
import Testing

/// `save` is what a checkpoint needs: whenever its writer is killed, one whole version is there, and the next
/// save leaves nothing else.
@Suite(.serialized) struct CheckpointTests {
  @Test func `readers see one whole version while writers are killed, and the next save cleans up`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x.npy"
      // Views, so that there are many pieces; of sizes that tell the versions apart.
      let versions = try [30_000, 50_000].enumerated().map { number, count in
        let array = try SharedArray<Int>(shape: [5, count])
        array.fill(number + 1)
        return array.transposed()
      }
      // In this process first: a forked child must not need types that are not made yet.
      for version in versions { try version.save(path) }
      var generator = SeededGenerator(seed: 11)
      var leftBehind = 0
      for round in 0..<60 {
        var first = try startChild { Self.saveForEver(versions, path) }
        var second = try startChild { Self.saveForEver(versions.reversed(), path) }
        for _ in 0..<3 {
          sleepFor(milliseconds: Int.random(in: 0...8, using: &generator))
          try expectOneVersion(path, "round \(round), writers alive")
        }
        first.kill()
        _ = first.reap()
        try expectOneVersion(path, "round \(round), one writer alive")
        second.kill()
        _ = second.reap()
        try expectOneVersion(path, "round \(round)")
        leftBehind += try FileManager.default.contentsOfDirectory(atPath: directory).count - 1
        if round % 4 == 3 {
          try versions[round / 4 % 2].save(path)
          #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["x.npy"])
        }
      }
      #expect(leftBehind > 0, "some were killed while they wrote")
      if pythonIsAvailable {
        let program =
          "import sys, numpy; x = numpy.load(sys.argv[1]); print(len(x) == 20000 + 10000 * x.max())"
        _ = try python(program, path)
      }
    }
  }

  private static func saveForEver(_ versions: [SharedArray<Int>], _ path: String) -> CInt {
    while true {
      for version in versions where (try? version.save(path)) == nil { return 1 }
    }
  }

  private func expectOneVersion(_ path: String, _ comment: Comment) throws {
    let found = try SharedArray<Int>.load(path)
    let number = found.shape == [30_000, 5] ? 1 : 2
    #expect(found.shape == [number == 1 ? 30_000 : 50_000, 5], comment)
    #expect(found.sum() == number * found.count, comment)
  }

  @Test func `a save leaves alone the part file of a writer that lives`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x.npy"
      let part = try OwnedDescriptor.createFile(path + ".part-0", mode: 0o600)
      #expect(try part.tryLockExclusive())
      let array = try counted([3])
      try array.save(path)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
          == ["x.npy", "x.npy.part-0"])
      #expect(try SharedArray<Int>.load(path).sum() == 3)
    }
  }

  @Test func `a save removes part files that nobody writes, of its own path only`() throws {
    try withTemporaryDirectory { directory in
      let left = [0, 1, 5, 7].map { "x.npy.part-\($0)" }
      let kept = ["y.npy.part-0", "x.npy.part", "x.npy.part-x", "x.npy.part-100"]
      for name in left + kept {
        #expect(FileManager.default.createFile(atPath: directory + "/" + name, contents: Data([1])))
      }
      try FileManager.default.createDirectory(
        atPath: directory + "/x.npy.part-2", withIntermediateDirectories: false)
      try counted([3]).save(directory + "/x.npy")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
          == (kept + ["x.npy", "x.npy.part-2"]).sorted())
    }
  }

  @Test func `a path without a directory is saved in the current one`() throws {
    try withTemporaryDirectory { directory in
      let array = try counted([4])
      try array.save(directory + "/x.npy")
      let outcome = try forkedChild {
        guard FileManager.default.changeCurrentDirectoryPath(directory) else { return 1 }
        guard (try? array[.every(2)].save("x.npy")) != nil else { return 2 }
        return 0
      }
      #expect(outcome == .exited(code: 0))
      #expect(try SharedArray<Int>.load(directory + "/x.npy").toArray() == [0, 2])
    }
  }

  @Test(.enabled(if: FaultInjection.isAvailable), arguments: [13, 22])
  func `a directory that cannot be synchronized is no error`(code: CInt) throws {
    try withTemporaryDirectory { directory in
      let array = try counted([3])
      try FaultInjection.failing("open", with: code, afterCalls: 9) { try array.save(directory + "/x.npy") }
      try FaultInjection.failing("fsync", with: code, afterCalls: 1) { try array.save(directory + "/x.npy") }
      #expect(try SharedArray<Int>.load(directory + "/x.npy").sum() == 3)
    }
  }
}
