internal import Glibc
internal import SharedArraysSystem

/// The temporary segments that this process has mapped by name.
///
/// Swift does not deinitialize global variables when a program exits. The names of segments in such
/// variables are therefore removed here.
///
/// A forked child finds the list empty. Its parent removes the segments that the child has
/// inherited, even if the child exits by `exit`.
package enum TemporarySegments {
  @safe private struct Entry {
    var name: String
    var identity: FileIdentity
    var address: UnsafeMutableRawPointer
    var byteCount: Int
    var access: MappingAccess
  }

  private final class List {
    var entries: [UInt: Entry] = [:]
  }

  /// Registers the exit handler that removes the names. It runs after handlers that are registered
  /// later, and before handlers that were registered earlier.
  package static func seeToNamesAtExit() { withList(creating: true) { _ in } }

  static func add(
    _ name: String, _ identity: FileIdentity, _ mapping: borrowing MemoryMapping, _ access: MappingAccess
  ) {
    // A private copy is not listed: its data would be lost when its mapping is replaced.
    if access == .copyOnWrite { return }
    let entry = unsafe Entry(
      name: name, identity: identity, address: mapping.address, byteCount: mapping.byteCount, access: access)
    withList(creating: true) { list in
      unsafe list.entries[UInt(bitPattern: entry.address)] = entry
    }
  }

  /// Removes a segment from the list. Called before the memory is unmapped.
  static func remove(_ address: UnsafeMutableRawPointer) {
    withList(creating: false) { list in
      list.entries[UInt(bitPattern: address)] = nil
    }
  }

  /// Removes the names of segments that no other process has mapped. The memory stays mapped for
  /// other threads and for exit handlers that run later.
  private static func leave() {
    // The list's lock keeps other threads from unmapping memory that is about to be mapped again.
    withList(creating: false) { list in
      for entry in list.entries.values {
        NameLifecycle.detached(entry.name, from: entry.identity) { descriptor in
          // The lock that marks the segment as in use belongs to the mapping; only replacing the
          // mapping releases it.
          let isLeft: Void? = try? unsafe MemoryMapping.replace(
            at: entry.address, byteCount: entry.byteCount, by: descriptor, access: entry.access)
          return isLeft != nil
        }
      }
      list.entries.removeAll()
    }
  }

  private static func withList(creating: Bool, _ body: (List) -> Void) {
    let slot = ProcessSlot.segments
    slot.lock()
    defer { slot.unlock() }
    if let known = unsafe slot.reference {
      // SAFETY: the pointer in the slot was stored below by this process and is never released.
      return body(unsafe Unmanaged<List>.fromOpaque(known).takeUnretainedValue())
    }
    guard creating else { return }
    let list = List()
    unsafe slot.reference = Unmanaged.passRetained(list).toOpaque()
    atexit { TemporarySegments.leave() }
    body(list)
  }
}
