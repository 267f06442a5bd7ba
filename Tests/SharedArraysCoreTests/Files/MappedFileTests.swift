import Foundation
import SharedArraysCore
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: each `write` gets the buffer of an array that exists until the call returns.

@Suite struct MappedFileTests {
  @Test func `a mapped file is read in place`() throws {
    try withFile { path in
      let array = try SharedArray<Double>.mapped(file: path, access: .readOnly)
      #expect(array.shape == [3, 4])
      #expect(array.toArray() == (0..<12).map(Double.init))
      #expect(array.name == nil)
      #expect(array[1, .stride(by: -1)].toArray() == [7, 6, 5, 4])
      try overwrite(path, element: 5, with: 100)
      #expect(array[1, 1] == 100)
    }
  }

  @Test func `changes of a file mapped for reading and writing reach the file and other mappings`() throws {
    try withFile { path in
      let array = try SharedArray<Double>.mapped(file: path, access: .readWrite)
      let other = try SharedArray<Double>.mapped(file: path, access: .readOnly)
      array[2, 3] = -1
      #expect(other[2, 3] == -1)
      try array.flush()
      let loaded = try SharedArray<Double>.load(npy: path)
      #expect(loaded[2, 3] == -1)
      #expect(loaded.sum() == 54)
    }
  }

  @Test func `changes of a copy-on-write mapping stay in the process`() throws {
    try withFile { path in
      let array = try SharedArray<Double>.mapped(file: path, access: .copyOnWrite)
      array.fill(9)
      try array.flush()
      #expect(array.sum() == 108)
      let loaded = try SharedArray<Double>.load(npy: path)
      #expect(loaded.toArray() == (0..<12).map(Double.init))
      let other = try SharedArray<Double>.mapped(file: path, access: .copyOnWrite)
      #expect(other.sum() == 66)
    }
  }

  @Test func `a copy-on-write mapping counts as copied first if the operation writes to the file`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x.npy"
      // More than a page, so that pages of the mapping are read after the file has been written.
      let count = 10_000
      try SharedArray(0..<count).save(path)
      func moved(_ body: (SharedArray<Int>, SharedArray<Int>) throws -> Void) throws -> [Int] {
        let file = try SharedArray<Int>.mapped(file: path, access: .readWrite)
        try file.update(from: SharedArray(0..<count))
        try body(file, SharedArray<Int>.mapped(file: path, access: .copyOnWrite))
        return file.toArray()
      }
      #expect(
        try moved { try $0[1...] += $1[..<(count - 1)] } == (0..<count).map { $0 == 0 ? 0 : 2 * $0 - 1 })
      #expect(try moved { try $0.update(from: $1.flipped()) } == (0..<count).reversed())
      #expect(try moved { try $0.put($1.flipped(), at: 0..<count) } == (0..<count).reversed())
      // Writes to the private copy do not change the file.
      #expect(try moved { try $1.update(from: $0.flipped()) } == Array(0..<count))
    }
  }

  @Test func `a file that may not be written can be mapped for reading and by copy on write`() throws {
    try withFile { path in
      try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: path)
      let readOnly = try SharedArray<Double>.mapped(file: path, access: .readOnly)
      #expect(readOnly.sum() == 66)
      let copy = try SharedArray<Double>.mapped(file: path, access: .copyOnWrite)
      copy[0, 0] = 1
      #expect(copy.sum() == 67)
      #expect(readOnly.sum() == 66)
    }
  }

  @Test func `a mapped file outlives its name`() throws {
    var array: SharedArray<Double>?
    try withFile { path in
      let mapped = try SharedArray<Double>.mapped(file: path, access: .readWrite)
      array = mapped
    }
    let kept = try #require(array)
    kept[0, 0] = 4
    #expect(kept.sum() == 70)
  }

  @Test func `a mapped file is detached like any array`() throws {
    try withFile { path in
      var array = try SharedArray<Double>.mapped(file: path, access: .readWrite)
      var view: SharedArray<Double>? = array[0, .all]
      #expect(memoryCode { try array.detach() } == .inUse)
      #expect(view?.sum() == 6)
      view = nil
      try array.detach()
      #expect(array.isEmpty)
      #expect(FileManager.default.fileExists(atPath: path))
    }
  }

  @Test func `flushing an array without a file does nothing`() throws {
    try SharedArray<Double>(shape: [3]).flush()
    try SharedArray<Double>.create(.generated, shape: [3]).flush()
    var array = try SharedArray<Double>(shape: [3])
    try array.detach()
    try array.flush()
  }

  @Test(arguments: elementTypes)
  func `a file of every type, rank and order is mapped`(type: NumberType) throws {
    func check<Element: SharedArrayElement & Numeric>(_ type: Element.Type, _ path: String) throws {
      for shape in shapesOfEveryRank + [[0], [0, 2]] {
        let array = try SharedArray<Element>(sampleNumbers(shape.reduce(1, *)), shape: shape)
        try array.save(path)
        let mapped = try SharedArray<Element>.mapped(file: path, access: .readOnly)
        #expect(mapped.shape == shape)
        #expect(mapped.toArray() == array.toArray())
        let copy = try SharedArray<Element>.mapped(file: path, access: .copyOnWrite)
        copy.fill(0)
        #expect(mapped.toArray() == array.toArray())
      }
    }
    try withTemporaryDirectory { try check(type, $0 + "/x.npy") }
  }

  @Test(.needsNumPy)
  func `NumPy's file in Fortran order is mapped as a transposed view`() throws {
    try withTemporaryDirectory { directory in
      let program = """
        import sys, numpy
        numpy.save(sys.argv[1], numpy.array(numpy.arange(24.0).reshape(2, 3, 4), order='F'))
        """
      _ = try python(program, directory + "/x.npy")
      let array = try SharedArray<Double>.mapped(file: directory + "/x.npy", access: .readWrite)
      #expect(array.shape == [2, 3, 4])
      #expect(array.toArray() == (0..<24).map(Double.init))
      array[1, 2, 3] = -1
      try array.flush()
      let sum = try python("import sys, numpy; print(numpy.load(sys.argv[1])[1, 2, 3])", directory + "/x.npy")
      #expect(sum == "-1.0")
    }
  }

  @Test func `elements that are not aligned can be loaded but not mapped`() throws {
    try withTemporaryDirectory { directory in
      // A header of 10 + 71 bytes, which only other writers create.
      let text = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}".padding(
        toLength: 70, withPad: " ", startingAt: 0)
      var bytes = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, 71, 0]) + Data((text + "\n").utf8)
      for number in [1.5, -2] { bytes += littleEndian(number) }
      let path = directory + "/x.npy"
      try bytes.write(to: URL(filePath: path))
      let loaded = try SharedArray<Double>.load(npy: path)
      #expect(loaded.toArray() == [1.5, -2])
      #expect(fileCode { try SharedArray<Double>.mapped(file: path, access: .readOnly) } == .unsupported)
      #expect(fileCode { try SharedArray<Int8>.mapped(file: path, access: .readOnly) } == .mismatch)
    }
  }

  @Test(.needsFaultInjection) func `a flush that fails is an error with its cause`() throws {
    try withFile { path in
      let array = try SharedArray<Double>.mapped(file: path, access: .readWrite)
      array[0, 0] = 1
      let error = try #require(throws: SharedMemoryError.self) {
        try FaultInjection.failing("msync", with: 28) { try array.flush() }
      }
      #expect(error.underlying == SystemError(call: "msync", code: 28))
      try array.flush()
    }
  }

  /// The file is sparse, so that only accessed pages take memory.
  @Test func `a file larger than memory is mapped in every way, and only accessed pages are read`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x.npy"
      let count = 1 << 33
      try writeSparseFile(path, count: count)
      let readWrite = try SharedArray<Double>.mapped(file: path, access: .readWrite)
      #expect(readWrite.shape == [count])
      for position in [0, count / 2 + 1, count - 1] {
        #expect(readWrite[position] == 0)
        readWrite[position] = Double(position)
      }
      try readWrite.slice(count - 1..<count).flush()
      let readOnly = try SharedArray<Double>.mapped(file: path, access: .readOnly)
      #expect(readOnly[count / 2 + 1] == Double(count / 2 + 1))
      #expect(readOnly[.stride(by: count / 2)].sum() == 0)
      #expect(readOnly[.stride(by: -1)][0] == Double(count - 1))
      let copy = try SharedArray<Double>.mapped(file: path, access: .copyOnWrite)
      copy[count - 1] = 5
      #expect(copy[count - 1] == 5)
      #expect(readOnly[count - 1] == Double(count - 1))
      #expect(readWrite[count - 1] == Double(count - 1))
    }
  }

  /// Writes a file of 64 GiB of zeros that occupies no more space than its header.
  private func writeSparseFile(_ path: String, count: Int) throws {
    try SharedArray<Double>(shape: [0]).save(path)
    var bytes = try Data(contentsOf: URL(filePath: path))
    let shape = try #require(bytes.range(of: Data("(0,)".utf8)))
    bytes.replaceSubrange(shape, with: Data("(\(count),)".utf8))
    // The longer shape takes the place of padding.
    let padding = try #require(
      bytes.lastRange(of: Data(String(repeating: " ", count: String(count).count - 1).utf8)))
    bytes.removeSubrange(padding)
    let file = try OwnedDescriptor.createFile(path + ".sparse", mode: 0o600)
    try file.setSize(bytes.count + count * 8)
    try unsafe bytes.span.bytes.withUnsafeBytes { (header) throws(SystemError) in
      try unsafe file.write(header, at: 0)
    }
    try renameFile(path + ".sparse", to: path)
  }

  /// Runs `body` with a file of the numbers 0 to 11 in shape [3, 4].
  private func withFile(_ body: (String) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      try counted([3, 4], as: Double.self).save(directory + "/x.npy")
      try body(directory + "/x.npy")
    }
  }

  private func overwrite(_ path: String, element: Int, with number: Double) throws {
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.seek(toOffset: UInt64(128 + 8 * element))
    try file.write(contentsOf: littleEndian(number))
    try file.close()
  }

  private func littleEndian(_ number: Double) -> Data {
    Data((0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * UInt64($0))) })
  }
}
