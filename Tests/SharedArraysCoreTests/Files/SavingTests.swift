import Foundation
import SharedArraysCore
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

/// Tests that a saved file appears under its name either complete or not at all.
@Suite(.serialized) struct SavingTests {
  /// The system calls of a save, and whether the failure of the first one is an error.
  private static let calls: [(String, Bool)] = [
    ("open", true), ("open(O_TMPFILE)", true), ("pwrite", true), ("fsync", true), ("getrandom", true),
    ("linkat", true), ("rename", true), ("fstat", true), ("flock", false), ("readdir", false),
    ("unlink", false),
  ]

  @Test(.needsFaultInjection, arguments: calls, [0, 1, 2, 5])
  func `a call that fails leaves the earlier file and nothing else`(call: (String, Bool), skip: Int) throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x.npy"
      try counted([3]).save(path)
      // Selecting columns makes the save write many pieces.
      let array = try counted([20_000, 6])[.all, 0..<5]
      let outcome = Result {
        try FaultInjection.failing(call.0, with: 28, afterCalls: skip) { try array.save(path) }
      }
      if case .failure(let error) = outcome {
        let error = try #require(error as? NPYError)
        // The last fsync makes the new name durable.
        let isSaved = call.0 == "fsync" && skip == 2
        #expect(error.code == (isSaved ? .unsynchronized : .system))
        #expect(error.underlying == SystemError(call: call.0, code: 28))
        #expect(error.description.contains(path))
        #expect(try SharedArray<Int>.load(npy: path).toArray() == (isSaved ? array.toArray() : [0, 1, 2]))
      } else {
        #expect(skip > 0 || !call.1, "a first call that fails is an error")
        #expect(try SharedArray<Int>.load(npy: path).toArray() == array.toArray())
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["x.npy"])
    }
  }

  @Test(.needsFaultInjection, arguments: [false, true])
  func `the file is the earlier or the later version, whichever call fails`(hasHiddenNames: Bool) throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x.npy"
      let array = try counted([50_000])
      func save() throws {
        guard hasHiddenNames else { return try array.save(path) }
        // A file system without unnamed files refuses this flag.
        try FaultInjection.failing("open(O_TMPFILE)", with: 95, forEver: true) { try array.save(path) }
      }
      let calls = try FaultInjection.countingCalls { try save() }
      #expect(calls >= 8)
      var failures = 0
      for skip in 0..<calls {
        try counted([3]).save(path)
        let outcome = Result { try FaultInjection.failing("*", with: 5, afterCalls: skip) { try save() } }
        // The search for orphaned files and the lock of a new file may fail without an error.
        var isSaved = true
        if case .failure(let error) = outcome {
          isSaved = try #require(error as? NPYError).code == .unsynchronized
          failures += 1
        }
        #expect(try SharedArray<Int>.load(npy: path).count == (isSaved ? 50_000 : 3), "call \(skip)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["x.npy"], "call \(skip)")
      }
      #expect(failures >= 7)
    }
  }

  @Test(
    .needsFaultInjection, arguments: ["open", "fstat", "pread", "mmap", "memfd_create"])
  func `a call that fails while a file is read is an error with its name`(call: String) throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x.npy"
      // Large enough to need memory of its own.
      try counted([300_000], as: Double.self).save(path)
      let readers: [() throws -> Void] = [
        { _ = try SharedArray<Double>.load(npy: path) },
        { _ = try SharedArray<Double>.load(converting: path) },
        { _ = try SharedArray<Double>.mapped(file: path, access: .readOnly) },
      ]
      for (number, read) in readers.enumerated() {
        if number == 2, call == "memfd_create" { continue }
        Arena.dropIdle()
        let error = #expect(throws: NPYError.self, "reader \(number)") {
          try FaultInjection.failing(call, with: 12, read)
        }
        #expect(error?.underlying?.call == call)
        #expect([.system, .insufficientMemory].contains(error?.code))
      }
    }
  }

  @Test func `a path that cannot be written is an error`() throws {
    try withTemporaryDirectory { directory in
      let array = try counted([3])
      #expect(fileCode { try array.save(directory + "/missing/x.npy") } == .system)
      #expect(fileCode { try array.save("") } == .system)
      #expect(fileCode { try array.save(directory + "/x\0.npy") } == .system)
      #expect(fileCode { try array.save(directory + "/" + String(repeating: "x", count: 256)) } == .system)
      #expect(fileCode { try array.save(directory) } == .system)
      #expect(fileCode { try array.save("/proc/x.npy") } == .system)
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [])
      let siblings = try FileManager.default.contentsOfDirectory(
        atPath: URL(filePath: directory).deletingLastPathComponent().path)
      let name = URL(filePath: directory).lastPathComponent
      #expect(!siblings.contains { $0.hasPrefix(name + ".") || $0.hasPrefix(".sharedarray-part-") })
    }
  }

  @Test(arguments: [255, 240])
  func `a file can be saved under the longest name that the file system allows`(length: Int) throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/" + String(repeating: "x", count: length)
      try counted([3]).save(path)
      #expect(try SharedArray<Int>.load(npy: path).sum() == 3)
    }
  }

  @Test func `a killed writer leaves the earlier or the later version`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x.npy"
      let old = try counted([3])
      let new = try counted([1000, 1000])
      let view = new.transposed()
      // In this process first, so that a forked child needs no type that the runtime has not
      // created yet.
      try view.save(path)
      var generator = SeededGenerator(seed: 5)
      var kept = 0
      for round in 0..<40 {
        try old.save(path)
        var child = try ChildProcess.fork(waitingUntil: Deadline(after: .seconds(10))) {
          while (try? view.save(path)) != nil {}
          return 1
        }
        sleepFor(milliseconds: Int.random(in: 0...60, using: &generator))
        child.kill()
        _ = child.reap()
        let found = try SharedArray<Int>.load(npy: path)
        #expect(found.shape == [3] || found.shape == [1000, 1000], "round \(round)")
        #expect(found.toArray() == (found.rank == 1 ? old.toArray() : view.toArray()), "round \(round)")
        if found.rank == 1 { kept += 1 }
      }
      #expect(kept > 0, "some writers were killed before their first file was complete")
      let left = try FileManager.default.contentsOfDirectory(atPath: directory)
      #expect(left.allSatisfy { $0 == "x.npy" || $0.hasPrefix(".sharedarray-part-") })
    }
  }
}
