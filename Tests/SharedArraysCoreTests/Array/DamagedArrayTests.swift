import Foundation
import SharedArraysCore
import SharedArraysMemory
import TestSupport
import Testing

/// Tests with objects that another program might have written. An invalid object is refused with an
/// error and left unchanged.
@Suite struct DamagedArrayTests {
  /// Returns a header of version 1.0 with this dictionary, padded to a page.
  private static func header(_ dictionary: String) -> [UInt8] {
    let text = Array((dictionary + String(repeating: " ", count: 4085 - dictionary.utf8.count) + "\n").utf8)
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count & 255), UInt8(text.count >> 8)] + text
  }

  private static func header(_ descriptor: String, _ order: String, _ shape: String) -> [UInt8] {
    header("{'descr': '\(descriptor)', 'fortran_order': \(order), 'shape': \(shape), }")
  }

  private static let headers: KeyValuePairs<String, (bytes: [UInt8], code: SharedMemoryError.Code)> = [
    "zeros": ([UInt8](repeating: 0, count: 4096), .notASegment),
    "garbage": ([UInt8](repeating: 0xFF, count: 4096), .notASegment),
    "another version": ([0x93] + Array("NUMPY".utf8) + [9, 0], .notASegment),
    "more elements than bytes": (header("<f8", "False", "(101,)"), .notASegment),
    "fewer elements than bytes": (header("<f8", "False", "(99,)"), .notASegment),
    "no elements": (header("<f8", "False", "(0,)"), .notASegment),
    "a product that wraps": (header("<f8", "False", "(4294967296, 4294967296, 100)"), .notASegment),
    "a negative extent": (header("<f8", "False", "(-100,)"), .notASegment),
    "two negative extents": (header("<f8", "False", "(-10, -10)"), .notASegment),
    "nine axes": (header("<f8", "False", "(100, 1, 1, 1, 1, 1, 1, 1, 1)"), .notASegment),
    "Fortran order": (header("<f8", "True", "(10, 10)"), .notASegment),
    "big-endian elements": (header(">f8", "False", "(100,)"), .mismatch),
    "another type of that size": (header("<i8", "False", "(100,)"), .mismatch),
    "a type of another size": (header("<f4", "False", "(200,)"), .mismatch),
    "objects": (header("|O", "False", "(100,)"), .notASegment),
    "text": (header("<U2", "False", "(100,)"), .notASegment),
    "a header that ends early": (header("{'descr': '<f8'"), .notASegment),
    "data that starts early": (
      Array([0x93] + "NUMPY".utf8 + [1, 0, 118, 0])
        + Array("{'descr': '<f8', 'fortran_order': False, 'shape': (100,), }".utf8)
        + [UInt8](repeating: 32, count: 58) + [10], .notASegment
    ),
  ]

  @Test(arguments: headers.map(\.key))
  func `a damaged header is refused`(name kind: String) throws {
    let (_, damage) = try #require(Self.headers.first { $0.key == kind })
    let array = try SharedArray<Double>.create(.generated, shape: [100])
    array.fill(1)
    let name = try #require(array.name)
    try overwrite(name, at: 0, with: damage.bytes)
    expect(damage.code, name)
    #expect(array.sum() == 100, "an attached array does not read the header again")
    #expect(
      try Array(Data(contentsOf: URL(filePath: "/dev/shm/\(name)")).prefix(damage.bytes.count))
        == damage.bytes)
    // The object still belongs to this package, so its name can be removed.
    try SharedArray<Double>.unlink(name)
  }

  @Test(arguments: [0, 1, 100, 4095, 4096, 8191, 8192, 8193, 12_288])
  func `a file without a control page is not an array`(byteCount: Int) throws {
    let name = try freeName()
    let path = "/dev/shm/\(name)"
    let bytes = Data(Self.header("<f8", "False", "(100,)").prefix(byteCount))
    #expect(FileManager.default.createFile(atPath: path, contents: bytes))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.truncate(atOffset: UInt64(byteCount))
    expect(.notASegment, name)
    #expect(memoryCode { try SharedArray<Double>.unlink(name) } == .notASegment)
    #expect(memoryCode { try SharedArray<Double>.openOrCreate(name, shape: [100]) } == .notASegment)
    #expect(memoryCode { try SharedArray<Double>.create(name, shape: [100]) } == .alreadyExists)
    #expect(try Data(contentsOf: URL(filePath: path)).count == byteCount)
  }

  @Test(arguments: 0..<64)
  func `a control page with a changed byte is refused`(offset: Int) throws {
    let array = try SharedArray<Double>.create(.generated, shape: [100], lifetime: .persistent)
    let name = try #require(array.name)
    defer { try? FileManager.default.removeItem(atPath: "/dev/shm/\(name)") }
    let page = try Data(contentsOf: URL(filePath: "/dev/shm/\(name)")).suffix(4096)
    try overwrite(name, at: 8192 + offset, with: [~page[page.startIndex + offset]])
    expect(.notASegment, name)
    withExtendedLifetime(array) {}
  }

  @Test func `a file that was cut after an attach cannot be attached again`() throws {
    let array = try SharedArray<Double>.create(.generated, shape: [10_000], lifetime: .persistent)
    let name = try #require(array.name)
    defer { try? FileManager.default.removeItem(atPath: "/dev/shm/\(name)") }
    let file = try FileHandle(forWritingTo: URL(filePath: "/dev/shm/\(name)"))
    for byteCount in [40_960, 8192, 4096, 1, 0] {
      try file.truncate(atOffset: UInt64(byteCount))
      expect(.notASegment, name)
    }
    withExtendedLifetime(array) {}
  }

  @Test func `a link or a directory is refused at once`() throws {
    let target = try SharedArray<Double>.create(.generated, shape: [1])
    let name = try freeName()
    let path = "/dev/shm/\(name)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try FileManager.default.createSymbolicLink(
      atPath: path, withDestinationPath: "/dev/shm/" + #require(target.name))
    expect(.notARegularFile, name)
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    expect(.notARegularFile, name)
  }

  private func overwrite(_ name: String, at offset: Int, with bytes: [UInt8]) throws {
    let file = try FileHandle(forWritingTo: URL(filePath: "/dev/shm/\(name)"))
    try file.seek(toOffset: UInt64(offset))
    try file.write(contentsOf: Data(bytes))
    try file.close()
  }

  private func expect(_ expected: SharedMemoryError.Code, _ name: String) {
    #expect(memoryCode { try SharedArray<Double>.attach(name) } == expected)
    #expect(memoryCode { try SharedArray<Double>.attach(name, access: .readOnly) } == expected)
    #expect(memoryCode { try SharedArray<Double>.loadCopy(of: name) } == expected)
  }
}
