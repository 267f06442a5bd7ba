import Foundation
import SharedArraysCore
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: `mkfifo` gets a temporary C string that exists until the call returns.

/// Tests that any path leads to an array or to an error that contains the path, without waiting or
/// trapping.
@Suite struct DamagedFileTests {
  private func expect(_ codes: NPYError.Code..., of path: String) {
    for (number, read) in fileReaders.enumerated() {
      let error = #expect(throws: NPYError.self, "reader \(number)") { try read(path) }
      #expect(error.map { codes.contains($0.code) } == true, "reader \(number): \(String(describing: error))")
      #expect(error?.path == path)
      #expect(error?.description.contains(path.debugDescription) == true)
    }
  }

  @Test func `every part of a file is malformed or truncated`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x.npy"
      try counted([3, 4], as: Double.self).save(path)
      let whole = try Data(contentsOf: URL(filePath: path))
      for count in 0..<whole.count {
        try whole.prefix(count).write(to: URL(filePath: path))
        expect(count < 128 ? .corrupt : .truncated, of: path)
      }
      // Bytes after the elements are ignored: a named array has its control page there.
      try (whole + Data(count: 100)).write(to: URL(filePath: path))
      let loaded = try SharedArray<Double>.load(npy: path)
      #expect(loaded.toArray() == (0..<12).map(Double.init))
    }
  }

  @Test(arguments: [
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (1152921504606846976,)}", NPYError.Code.corrupt),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", .corrupt),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,)}", .truncated),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (1152921504606846959,)}", .truncated),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (-2,)}", .corrupt),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1)}", .unsupported),
    ("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", .corrupt),
    ("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", .corrupt),
    ("{'descr': '<U4', 'fortran_order': False, 'shape': (1,)}", .corrupt),
    ("__import__('os').abort()", .corrupt),
  ])
  func `a header with an impossible shape, an unsupported type or code is refused`(
    text: String, code: NPYError.Code
  ) throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x.npy"
      let header = text.padding(toLength: 117, withPad: " ", startingAt: 0) + "\n"
      let bytes =
        Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, 118, 0]) + Data(header.utf8) + Data(count: 64)
      try bytes.write(to: URL(filePath: path))
      expect(code, of: path)
    }
  }

  @Test func `another element type is a mismatch that names both`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x.npy"
      try counted([3], as: Int32.self).save(path)
      for (number, read) in fileReaders.enumerated() where number != 1 {
        let error = #expect(throws: NPYError.self) { try read(path) }
        #expect(error?.code == .mismatch)
        #expect(error?.description.contains("it holds int32, not float64") == true)
      }
    }
  }

  @Test func `a missing file, a directory and a loop of links are errors of the system or malformed`() throws
  {
    try withTemporaryDirectory { directory in
      expect(.system, of: directory + "/missing.npy")
      expect(.system, of: directory + "/missing/x.npy")
      expect(.system, of: "")
      try counted([3], as: Double.self).save(directory + "/x")
      expect(.system, of: directory + "/x\0.npy")
      expect(.system, of: directory + "/" + String(repeating: "x", count: 256))
      // A directory can be opened for reading.
      expect(.system, .corrupt, of: directory)
      try FileManager.default.createSymbolicLink(
        atPath: directory + "/loop", withDestinationPath: directory + "/loop")
      expect(.system, of: directory + "/loop")
      let error = #expect(throws: NPYError.self) {
        try SharedArray<Double>.load(npy: directory + "/missing.npy")
      }
      #expect(error?.underlying?.description.contains("No such file or directory") == true)
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `a pipe or a device is refused without waiting`() throws {
    try withTemporaryDirectory { directory in
      #expect(unsafe mkfifo(directory + "/pipe", 0o600) == 0)
      expect(.corrupt, .system, of: directory + "/pipe")
    }
    expect(.corrupt, .system, of: "/dev/zero")
    expect(.corrupt, .system, of: "/dev/null")
    expect(.corrupt, .system, of: "/dev/full")
  }

  @Test func `a link to a file is followed`() throws {
    try withTemporaryDirectory { directory in
      try counted([3], as: Double.self).save(directory + "/x.npy")
      try FileManager.default.createSymbolicLink(
        atPath: directory + "/link", withDestinationPath: directory + "/x.npy")
      let loaded = try SharedArray<Double>.load(npy: directory + "/link")
      #expect(loaded.sum() == 3)
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `a file with changed bytes is an array or an error`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    try withTemporaryDirectory { directory in
      let path = directory + "/x.npy"
      try counted([3, 4], as: Double.self).save(path)
      let whole = try Data(contentsOf: URL(filePath: path))
      for round in 0..<300 {
        var bytes = whole
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
          let place = Int.random(in: 0..<80, using: &generator)
          let telling = "0123456789()<>,-' fiu".utf8.randomElement(using: &generator)!
          bytes[place] = Bool.random(using: &generator) ? telling : .random(in: 0...255, using: &generator)
        }
        try bytes.write(to: URL(filePath: path))
        for read in fileReaders {
          do { try read(path) } catch {
            #expect(error is NPYError, "seed \(seed), round \(round)")
          }
        }
      }
    }
  }
}
