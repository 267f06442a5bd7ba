internal import CSharedArraysShims

/// The reason that memory could not be reserved.
package enum ReservationError: Error {
  /// Fewer bytes are left than requested.
  case insufficientMemory(available: Int, limit: MemoryLimit)
  case system(SystemError)
}

/// Allocates all memory of an object at once, so that running out of memory is an error here and
/// not SIGBUS at a later store.
///
/// Large objects get huge pages where the kernel can provide them: `fallocate` allocates one small
/// page in each huge extent, and MADV_COLLAPSE then turns each extent into a huge page. This is ten
/// times cheaper than a page fault for every 4 KiB. Pages are never reserved by touching them,
/// since that raises SIGBUS on a full tmpfs.
package struct Reservation {
  /// The number of bytes from the start of the object that are in huge pages.
  package private(set) var hugePageByteCount = 0

  /// Reserves `byteCount` bytes of the object behind `descriptor`, which `mapping` maps.
  ///
  /// A process killed here leaves an object without a name, which the kernel frees.
  package init(
    of descriptor: borrowing OwnedDescriptor, mapping: borrowing MemoryMapping, byteCount: Int
  ) throws(ReservationError) {
    try Self.checkRoom(on: descriptor, for: byteCount)
    let huge = Self.hugePart(of: byteCount)
    if huge > 0, mapping.byteCount >= huge {
      do throws(SystemError) {
        for extent in stride(from: 0, to: huge, by: hugePageSize) {
          try Self.allocate(descriptor, offset: extent, byteCount: pageSize)
        }
        try mapping.collapse(first: huge)
        hugePageByteCount = huge
      } catch {
        // An old kernel, no free huge page, or no room: uses small pages if room is left for them.
        try Self.checkRoom(on: descriptor, for: byteCount, alreadyHeld: true)
      }
    }
    do throws(SystemError) {
      try Self.allocate(descriptor, offset: 0, byteCount: byteCount)
    } catch let error where error.code == ErrorCode.noSpace {
      throw .insufficientMemory(available: (try? descriptor.freeBytes()) ?? 0, limit: .fileSystem)
    } catch {
      throw .system(error)
    }
  }

  /// Returns the alignment a mapping needs so that its object can use huge pages.
  package static func alignment(for byteCount: Int) -> Int {
    hugePart(of: byteCount) > 0 ? hugePageSize : pageSize
  }

  /// Returns the bytes of the extents worth a huge page: all full ones, and a tail of at least half
  /// of one.
  private static func hugePart(of byteCount: Int) -> Int {
    guard hugePageSize > pageSize else { return 0 }
    let tail = byteCount & (hugePageSize - 1)
    return tail >= hugePageSize / 2 ? byteCount - tail + hugePageSize : byteCount - tail
  }

  /// Checks that `byteCount` more bytes fit into memory that is written and not mapped. Each write
  /// reports a full file system, so only the machine and the control group matter here.
  package static func requireRoom(
    on descriptor: borrowing OwnedDescriptor, for byteCount: Int
  ) throws(ReservationError) { try checkRoom(on: descriptor, for: byteCount) }

  /// Throws if the bytes do not fit. Under a full control group even fallocate would get the
  /// process killed, so the limit is read first.
  private static func checkRoom(
    on descriptor: borrowing OwnedDescriptor, for byteCount: Int, alreadyHeld: Bool = false
  ) throws(ReservationError) {
    let missing: Int
    let free: Int
    do throws(SystemError) {
      missing = byteCount - (alreadyHeld ? try descriptor.status().allocatedByteCount : 0)
      free = try descriptor.freeBytes()
    } catch {
      throw .system(error)
    }
    if free < missing { throw .insufficientMemory(available: free, limit: .fileSystem) }
    if let available = MachineMemory.shortage(of: missing) {
      throw .insufficientMemory(available: available, limit: .machine)
    }
    // The group is also charged for the kernel's page tables (up to 0.5 %), and each core keeps
    // some pages of the group in stock.
    let charged = missing + missing / 128 + min(missing, 1 << 19)
    if let room = ControlGroup.memoryHeadroom(for: charged), room < charged {
      throw .insufficientMemory(available: room, limit: .controlGroup)
    }
  }

  /// Allocates a range. A signal makes fallocate release all it has allocated and fail. Under a
  /// storm of signals a large request would never finish, so an interrupted one continues in
  /// halves.
  private static func allocate(
    _ descriptor: borrowing OwnedDescriptor, offset: Int, byteCount: Int
  ) throws(SystemError) {
    var start = offset
    let end = offset + byteCount
    var step = byteCount
    let file = descriptor.rawValue
    while start < end {
      let count = min(step, end - start)
      let from = Int64(start)
      var wasInterrupted = false
      _ = try systemCall("fallocate") {
        let result = cshims_allocate(file, from, Int64(count))
        wasInterrupted = result == -ErrorCode.interrupted
        return wasInterrupted ? 0 : result
      }
      if wasInterrupted {
        step = max(16 * pageSize, step / 2)
      } else {
        start += count
      }
    }
  }
}

/// The number of bytes of a huge page, or of a small one where the kernel has no huge pages.
package let hugePageSize: Int = {
  let path = "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"
  guard let text = readSmallFile(path), let size = Int(text.trimmedDigits), size > 0 else { return pageSize }
  return size
}()
