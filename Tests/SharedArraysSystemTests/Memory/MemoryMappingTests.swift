import Glibc
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: every offset is inside the mapping and inside the mapped object, and the mapping outlives
// each access. The store through a read-only mapping is meant to fault, in a child.

private let hugePage = 2 << 20

@Suite(.serialized, .timeLimit(.minutes(1)))
struct MemoryMappingTests {
  @Test func `two mappings of an object show the same bytes`() throws {
    let object = try sized(10_000)
    let writable = try MemoryMapping(of: object, byteCount: 10_000, access: .readWrite)
    let readable = try MemoryMapping(of: object, byteCount: 10_000, access: .readOnly)
    unsafe writable.address.storeBytes(of: 42, toByteOffset: 9_999, as: UInt8.self)
    let seen = unsafe readable.address.load(fromByteOffset: 9_999, as: UInt8.self)
    #expect(seen == 42)
  }

  @Test func `changes to a copy-on-write mapping stay private`() throws {
    let object = try sized(4096)
    let shared = try MemoryMapping(of: object, byteCount: 4096, access: .readWrite)
    let copy = try MemoryMapping(of: object, byteCount: 4096, access: .copyOnWrite)
    unsafe shared.address.storeBytes(of: 1, as: UInt8.self)
    let before = unsafe copy.address.load(as: UInt8.self)
    unsafe copy.address.storeBytes(of: 2, as: UInt8.self)
    let (here, there) = unsafe (copy.address.load(as: UInt8.self), shared.address.load(as: UInt8.self))
    #expect(before == 1)
    #expect(here == 2)
    #expect(there == 1)
  }

  @Test func `a store through a read-only mapping is a segmentation fault`() throws {
    let object = try sized(4096)
    let mapping = try MemoryMapping(of: object, byteCount: 4096, access: .readOnly)
    let termination = try forkedChild {
      unsafe mapping.address.storeBytes(of: 1, as: UInt8.self)
      return 0
    }
    #expect(termination == .signaled(Int(SIGSEGV)))
  }

  @Test func `a later child shares anonymous memory, which is zero at first`() throws {
    let mapping = try MemoryMapping(sharedWithChildren: 5000)
    #expect(mapping.byteCount == 8192)
    let bytes = unsafe UnsafeRawBufferPointer(start: mapping.address, count: mapping.byteCount)
    let isZero = unsafe bytes.allSatisfy { $0 == 0 }
    #expect(isZero)
    let termination = try forkedChild {
      unsafe mapping.address.storeBytes(of: 7, toByteOffset: 8191, as: UInt8.self)
      return 0
    }
    #expect(termination == .exited(code: 0))
    let last = unsafe mapping.address.load(fromByteOffset: 8191, as: UInt8.self)
    #expect(last == 7)
  }

  @Test(arguments: [1, 4095, 4096, 4097, 3 << 20])
  func `sizes are rounded up to the alignment, and addresses are multiples of it`(byteCount: Int) throws {
    let object = try sized(byteCount)
    for alignment in [pageSize, hugePage, 2 * hugePage] {
      let mapping = try MemoryMapping(
        of: object, byteCount: byteCount, access: .readWrite, alignment: alignment)
      let count = mapping.byteCount
      let offset = unsafe Int(bitPattern: mapping.address) % alignment
      #expect(count == roundUp(byteCount, to: alignment))
      #expect(offset == 0)
      unsafe mapping.address.storeBytes(of: 1, toByteOffset: byteCount - 1, as: UInt8.self)
    }
  }

  @Test func `an empty mapping is refused`() throws {
    let object = try sized(0)
    #expect(throws: SystemError(call: "mmap", code: EINVAL)) {
      _ = try MemoryMapping(of: object, byteCount: 0, access: .readOnly)
    }
  }

  @Test func `the access of the descriptor limits that of the mapping`() throws {
    try withSharedMemory { name, object in
      try object.setSize(4096)
      let readable = try OwnedDescriptor.openSharedMemory(named: name, .readOnly)
      #expect(throws: SystemError(call: "mmap", code: EACCES)) {
        _ = try MemoryMapping(of: readable, byteCount: 4096, access: .readWrite)
      }
    }
  }

  // The next three tests count in a child, because other tests map memory in this process.

  @Test func `the owner unmaps its memory`() throws {
    let object = try sized(hugePage)
    let termination = try forkedChild {
      let (mappings, descriptors) = (mappingCount(), openDescriptors())
      for i in 0..<100 {
        let alignment = i % 2 == 0 ? pageSize : hugePage
        guard
          let mapping = try? MemoryMapping(
            of: object, byteCount: hugePage, access: .readOnly, alignment: alignment),
          mapping.byteCount == hugePage
        else { return 1 }
        if mappingCount() <= mappings { return 2 }
      }
      return mappingCount() == mappings && openDescriptors() == descriptors ? 0 : 3
    }
    #expect(termination == .exited(code: 0))
  }

  @Test func `the address of the last aligned mapping is used again`() throws {
    let object = try sized(hugePage)
    let termination = try forkedChild {
      guard let first = aligned(object), let again = aligned(object) else { return 1 }
      return first == again ? 0 : 2
    }
    #expect(termination == .exited(code: 0))
  }

  @Test func `an address that is no longer free is not used, and nothing is left behind`() throws {
    let object = try sized(hugePage)
    let termination = try forkedChild {
      guard let first = aligned(object) else { return 1 }
      // Occupies part of the range, so that the kernel might well choose an address that is not
      // aligned.
      let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED
      let half = unsafe UnsafeMutableRawPointer(bitPattern: first + UInt(pageSize))
      unsafe mmap(half, pageSize, PROT_READ, flags, -1, 0)
      let mappings = mappingCount()
      guard let second = aligned(object) else { return 2 }
      if second == first || second % UInt(hugePage) != 0 { return 3 }
      return mappingCount() == mappings ? 0 : 4
    }
    #expect(termination == .exited(code: 0))
  }

  @Test(.needsFaultInjection, arguments: 0..<3)
  func `a mapping that fails leaves nothing behind`(skip: Int) throws {
    let object = try sized(hugePage)
    let termination = try forkedChild {
      let mappings = mappingCount()
      FaultInjection.failing("mmap", with: ErrorCode.noMemory, afterCalls: skip, forEver: true) {
        _ = aligned(object)
        _ = try? MemoryMapping(of: object, byteCount: hugePage, access: .readOnly)
        _ = try? MemoryMapping(sharedWithChildren: hugePage)
      }
      return mappingCount() == mappings ? 0 : 1
    }
    #expect(termination == .exited(code: 0))
  }

  @Test func `changes to a mapping reach the mapped file`() throws {
    try withTemporaryDirectory { directory in
      let file = try OwnedDescriptor.createFile(directory + "/a", mode: 0o600)
      try file.setSize(4096)
      let mapping = try MemoryMapping(of: file, byteCount: 4096, access: .readWrite)
      unsafe mapping.address.storeBytes(of: 9, toByteOffset: 100, as: UInt8.self)
      try mapping.synchronize()
      var byte: [UInt8] = [0]
      _ = try unsafe byte.withUnsafeMutableBytes { try unsafe file.read(into: $0, at: 100) }
      #expect(byte == [9])
    }
  }
}

private func sized(_ byteCount: Int) throws -> OwnedDescriptor {
  let object = try anonymous()
  try object.setSize(byteCount)
  return object
}

/// Returns the address that a mapping aligned to huge pages gets. The mapping is unmapped on
/// return.
private func aligned(_ object: borrowing OwnedDescriptor) -> UInt? {
  guard
    let mapping = try? MemoryMapping(
      of: object, byteCount: hugePage, access: .readWrite, alignment: hugePage)
  else { return nil }
  return unsafe UInt(bitPattern: mapping.address)
}
