internal import Glibc
internal import SharedArraysSystem

/// The temporary segments that this process has mapped by a name. Those of global variables are there to the end, since Swift leaves
/// such variables as they are when a program exits: then their names are seen to here.
///
/// A forked child finds the list empty. What it has inherited is its parent's to remove, also if the child exits by `exit`.
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

  /// From here on, names are seen to when the process exits: after what is registered later, and before what was registered earlier.
  package static func seeToNamesAtExit() { withList(creating: true) { _ in } }

  static func add(
    _ name: String, _ identity: FileIdentity, _ mapping: borrowing MemoryMapping, _ access: MappingAccess
  ) {
    // What was written to a private copy would be lost with its mapping.
    if access == .copyOnWrite { return }
    let entry = unsafe Entry(
      name: name, identity: identity, address: mapping.address, byteCount: mapping.byteCount, access: access)
    withList(creating: true) { list in
      unsafe list.entries[UInt(bitPattern: entry.address)] = entry
    }
  }

  /// Before the memory is unmapped.
  static func remove(_ address: UnsafeMutableRawPointer) {
    withList(creating: false) { list in
      list.entries[UInt(bitPattern: address)] = nil
    }
  }

  /// Removes the names of segments that no other process has mapped. The memory stays as it is, for other threads and for
  /// functions that run later.
  private static func leave() {
    // The lock keeps other threads from unmapping what is about to be mapped again.
    withList(creating: false) { list in
      for entry in list.entries.values {
        NameLifecycle.detached(entry.name, from: entry.identity) { descriptor in
          // The lock that says "in use" is the mapping's, and nothing but its end gives it back.
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
      // SAFETY: whatever stands in the slot was put there below by this process, and is never released.
      return body(unsafe Unmanaged<List>.fromOpaque(known).takeUnretainedValue())
    }
    guard creating else { return }
    let list = List()
    unsafe slot.reference = Unmanaged.passRetained(list).toOpaque()
    atexit { TemporarySegments.leave() }
    body(list)
  }
}
