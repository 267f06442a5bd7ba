import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: `byteCount` bytes are mapped and reserved, and the mapping outlives each access.

private let mebibyte = 1 << 20

@Suite(.serialized, .timeLimit(.minutes(1)))
struct ReservationTests {
  @Test(arguments: [1, 4096, 4097, mebibyte, 2 * mebibyte - 1, 2 * mebibyte, 3 * mebibyte, 64 * mebibyte])
  func `a reservation allocates all memory of the object`(byteCount: Int) throws {
    let object = try anonymous()
    try object.setSize(byteCount)
    let mapping = try map(object, byteCount)
    let reservation = try Reservation(of: object, mapping: mapping, byteCount: byteCount)
    let status = try object.status()
    #expect(status.allocatedByteCount >= byteCount)
    #expect(status.byteCount == byteCount)
    #expect(reservation.hugePageByteCount % hugePageSize == 0)
    #expect(reservation.hugePageByteCount < byteCount + hugePageSize)
    let bytes = unsafe UnsafeRawBufferPointer(start: mapping.address, count: byteCount)
    let isZero = unsafe bytes.allSatisfy { $0 == 0 }
    #expect(isZero)
  }

  @Test func `64 MiB are in huge pages, or the reservation reports that they are not`() throws {
    let byteCount = 64 * mebibyte
    let object = try anonymous()
    try object.setSize(byteCount)
    let mapping = try map(object, byteCount)
    let reservation = try Reservation(of: object, mapping: mapping, byteCount: byteCount)
    #expect([0, byteCount].contains(reservation.hugePageByteCount))
    let expected = reservation.hugePageByteCount / 1024
    let bytes = unsafe UnsafeMutableRawBufferPointer(start: mapping.address, count: byteCount)
    for offset in stride(from: 0, to: byteCount, by: pageSize) { unsafe bytes[offset] = 1 }
    let seen = unsafe hugeKibibytes(at: UInt(bitPattern: mapping.address))
    #expect(seen == expected)
  }

  @Test func `a mapping that is not aligned gives small pages`() throws {
    let byteCount = 4 * mebibyte
    let object = try anonymous()
    try object.setSize(byteCount)
    let mapping = try MemoryMapping(of: object, byteCount: mebibyte, access: .readWrite)
    let reservation = try Reservation(of: object, mapping: mapping, byteCount: byteCount)
    #expect(reservation.hugePageByteCount == 0)
    #expect(try object.status().allocatedByteCount >= byteCount)
  }

  @Test func `a size beyond the free space is refused before memory is allocated`() throws {
    let object = try OwnedDescriptor.unnamedSharedMemory()
    let byteCount = try object.freeBytes() + mebibyte
    let mapping = try MemoryMapping(of: object, byteCount: pageSize, access: .readWrite)
    do {
      _ = try Reservation(of: object, mapping: mapping, byteCount: byteCount)
      Issue.record("The reservation did not fail.")
    } catch ReservationError.insufficientMemory(let available, let limit) {
      #expect(available < byteCount)
      #expect(limit == .fileSystem)
    }
    #expect(try object.status().allocatedByteCount == 0)
  }

  @Test(.needsFaultInjection, arguments: [4096, 2 * mebibyte, 5 * mebibyte])
  func `a full file system is reported, and a failed call leaves nothing behind`(byteCount: Int) throws {
    let calls = try FaultInjection.countingCalls { try reserve(byteCount) }
    #expect(calls > 3)
    do {
      try FaultInjection.failing("fallocate", with: ErrorCode.noSpace, forEver: true) {
        try reserve(byteCount)
      }
      Issue.record("The reservation did not fail.")
    } catch ReservationError.insufficientMemory(_, let limit) {
      #expect(limit == .fileSystem)
    }
    let termination = try forkedChild {
      let (descriptors, mappings) = (openDescriptors(), mappingCount())
      for skip in 0..<calls {
        FaultInjection.failing("*", with: ErrorCode.noSpace, afterCalls: skip, forEver: true) {
          _ = try? reserve(byteCount)
        }
        FaultInjection.failing("*", with: ErrorCode.noSpace, afterCalls: skip) {
          _ = try? reserve(byteCount)
        }
      }
      return openDescriptors() == descriptors && mappingCount() == mappings ? 0 : 1
    }
    #expect(termination == .exited(code: 0))
  }

  @Test(.needsFaultInjection)
  func `the memory is reserved in small pages if huge ones fail`() throws {
    let byteCount = 4 * mebibyte
    let object = try anonymous()
    try object.setSize(byteCount)
    let mapping = try map(object, byteCount)
    let collapse = "madvise(MADV_COLLAPSE)"
    let reservation = try FaultInjection.failing(collapse, with: ErrorCode.invalid) {
      try Reservation(of: object, mapping: mapping, byteCount: byteCount)
    }
    #expect(reservation.hugePageByteCount == 0)
    #expect(try object.status().allocatedByteCount >= byteCount)
  }

  @Test(.needsFaultInjection, arguments: ["fallocate", "fstatfs"])
  func `other failures keep their call and code`(call: String) throws {
    let object = try anonymous()
    let mapping = try MemoryMapping(of: object, byteCount: pageSize, access: .readWrite)
    do {
      try FaultInjection.failing(call, with: ErrorCode.notPermitted, forEver: true) {
        _ = try Reservation(of: object, mapping: mapping, byteCount: pageSize)
      }
      Issue.record("The reservation did not fail.")
    } catch ReservationError.system(let error) {
      #expect(error == SystemError(call: call, code: ErrorCode.notPermitted))
    }
  }

  @Test(arguments: [true, false])
  func `a reservation completes under a thousand signals a second`(inHugePages: Bool) throws {
    let byteCount = 128 * mebibyte
    let object = try anonymous()
    try object.setSize(byteCount)
    let alignment = inHugePages ? Reservation.alignment(for: byteCount) : pageSize
    let mapped = inHugePages ? byteCount : pageSize
    let mapping = try MemoryMapping(of: object, byteCount: mapped, access: .readWrite, alignment: alignment)
    let termination = try forkedChild {
      interruptEveryMillisecond()
      do {
        _ = try Reservation(of: object, mapping: mapping, byteCount: byteCount)
        return try object.status().allocatedByteCount >= byteCount ? 0 : 1
      } catch {
        return 2
      }
    }
    #expect(termination == .exited(code: 0))
  }
}

private func map(_ object: borrowing OwnedDescriptor, _ byteCount: Int) throws -> MemoryMapping {
  try MemoryMapping(
    of: object, byteCount: byteCount, access: .readWrite, alignment: Reservation.alignment(for: byteCount))
}

/// Creates an object in /dev/shm and drops it.
private func reserve(_ byteCount: Int) throws {
  let object = try OwnedDescriptor.unnamedSharedMemory()
  try object.setSize(byteCount)
  let mapping = try map(object, byteCount)
  _ = try Reservation(of: object, mapping: mapping, byteCount: byteCount)
}
