import Foundation
import SharedArraysCore
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

/// Tests of sparse files that are exabytes long and announce as much data.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct DamagedSizeTests {
  private static let largest = Int.max & ~4095

  /// Creates a sparse segment with a header and a control page that match its size.
  private func segment(
    shape: [Int], type: ElementType = .uint8, byteCount: Int, dataByteCount: Int
  ) throws -> HeldFile? {
    let file = try HeldFile()
    // Some file systems do not support files of this size.
    guard (try? file.descriptor.setSize(byteCount)) != nil else { return nil }
    try file.write(NPYHeader.encode(elementType: type, shape: shape, fortranOrder: false, paddedTo: 4096))
    var words: [UInt64] = [
      0x0159_4152_5241_4853, 1 | 1 << 32, 1, 0, 4096, UInt64(bitPattern: Int64(dataByteCount)), 1,
    ]
    var checksum: UInt64 = 0xcbf2_9ce4_8422_2325
    for word in words { checksum = (checksum ^ word) &* 0x100_0000_01b3 }
    words.append(checksum)
    try file.write(
      words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } },
      at: byteCount - 4096)
    return file
  }

  @Test(arguments: [1 << 40, 1 << 46, 1 << 47, 1 << 60, (1 << 62) - 8192, 1 << 62, largest - 4096, largest])
  func `an enormous segment is mapped without allocating its memory, or refused`(byteCount: Int) throws {
    let count = byteCount - 8192
    guard let file = try segment(shape: [count], byteCount: byteCount, dataByteCount: count) else {
      try Test.cancel("/dev/shm does not support files of \(byteCount) bytes.")
    }
    for access in 0..<2 {
      do throws(SharedMemoryError) {
        func use(_ array: some StridedArray<UInt8>) {
          #expect(array.shape == [count])
          #expect(array[0] == 0 && array[count - 1] == 0)
        }
        if access == 0 {
          use(try SharedArray<UInt8>.attach(file.name))
        } else {
          use(try SharedArray<UInt8>.attach(file.name, access: .readOnly))
        }
      } catch {
        #expect([.outOfAddressSpace, .notASegment].contains(error.code), "\(error)")
      }
    }
    let codes: [SharedMemoryError.Code?] = [
      .insufficientMemory, .outOfAddressSpace, .tooLarge, .notASegment,
    ]
    let code = memoryCode { try SharedArray<UInt8>.loadCopy(of: file.name) }
    #expect(codes.contains(code), "\(String(describing: code))")
    #expect(try file.descriptor.status().allocatedByteCount < 1 << 20)
  }

  /// Uses a segment of 16 KiB whose control page announces 8 KiB.
  @Test(arguments: [
    [1 << 60], [1 << 32, 1 << 32], [3_037_000_500, 3_037_000_500], [274_177, 67_280_421_310_721],
    [1 << 61, 1 << 3, 1 << 10], [.max], [.max, .max], [.max, 2, 1025],
  ])
  func `a shape whose bytes wrap round to the right number is refused`(shape: [Int]) throws {
    guard let file = try segment(shape: shape, type: .float64, byteCount: 16_384, dataByteCount: 8192) else {
      Issue.record("A file of 16 KiB cannot be created.")
      return
    }
    #expect(memoryCode { try SharedArray<Double>.attach(file.name) } == .notASegment)
    #expect(memoryCode { try SharedArray<Double>.attach(file.name, access: .readOnly) } == .notASegment)
    #expect(memoryCode { try SharedArray<Double>.loadCopy(of: file.name) } == .notASegment)
    #expect(memoryCode { try SharedArray<Double>.openOrCreate(file.name, shape: [1]) } == .notASegment)
  }

  @Test(arguments: [1 << 40, 1 << 47, 1 << 60, 1 << 62, largest, .max])
  func `an enormous file is mapped without allocating its memory, or refused`(byteCount: Int) throws {
    let file = try HeldFile()
    guard (try? file.descriptor.setSize(byteCount)) != nil else {
      try Test.cancel("/dev/shm does not support files of \(byteCount) bytes.")
    }
    let count = byteCount - 128
    let header = NPYHeader.encode(elementType: .uint8, shape: [count], fortranOrder: false, paddedTo: 128)
    try #require(header.count == 128)
    try file.write(header)
    let maps: [() throws -> any StridedArray<UInt8>] = [
      { try SharedArray<UInt8>.mapped(file: file.path, access: .readOnly) },
      { try SharedArray<UInt8>.mapped(file: file.path, access: .readWrite) },
      { try SharedArray<UInt8>.mapped(file: file.path, access: .copyOnWrite) },
    ]
    for map in maps {
      do {
        let array = try map()
        #expect(array.shape == [count])
        #expect(array[0] == 0 && array[count - 1] == 0)
      } catch let error as NPYError {
        #expect(error.code == .insufficientMemory, "\(error)")
      }
    }
    #expect(fileCode { try SharedArray<UInt8>.load(npy: file.path) } == .insufficientMemory)
    #expect(fileCode { try SharedArray<Double>.load(converting: file.path) } == .insufficientMemory)
    #expect(try file.descriptor.status().allocatedByteCount < 1 << 20)
  }
}
