internal import SharedArraysSystem

/// Objects of other processes that this process keeps mapped for a while after its own arrays have
/// released them.
///
/// The workers of a pool receive the same arrays again and again. Mapping an array costs more than
/// most tasks, not least because of the page faults that follow.
///
/// An object that is not requested again is released soon; see ``beginRound()``. A process keeps no
/// objects until its first call of ``beginRound()``.
package enum MappingCache {
  private struct Entry {
    let object: SentObject
    var round: UInt64
  }

  private final class List {
    var entries: [Entry] = []
    var round: UInt64 = 0
  }

  /// The maximum number of objects kept.
  private static let mostObjects = 16
  /// The number of rounds for which an object is kept after the last round in which it was
  /// requested.
  private static let rounds: UInt64 = 1

  /// Starts a round, and with the first call starts keeping objects. Releases all objects that were
  /// requested neither in the round that ends nor in the one before.
  package static func beginRound() {
    let old = withList(creating: true) { list in
      list.round += 1
      let old = list.entries.filter { $0.round + rounds < list.round }
      if !old.isEmpty { list.entries.removeAll { $0.round + rounds < list.round } }
      return old
    }
    // The objects are unmapped here, without the lock.
    _ = old
  }

  /// Releases all objects.
  ///
  /// - Returns: Whether any object was kept.
  @discardableResult
  package static func dropAll() -> Bool {
    let old = withList(creating: false) { list in
      defer { list.entries = [] }
      return list.entries
    }
    return !(old ?? []).isEmpty
  }

  /// Whether no object is kept.
  package static var isEmpty: Bool { withList(creating: false) { $0.entries.isEmpty } ?? true }

  static func object(_ identity: FileIdentity, byteCount: Int) -> SentObject? {
    withList(creating: false) { list in
      guard
        let place = list.entries.firstIndex(where: {
          $0.object.identity == identity && $0.object.byteCount >= byteCount
        })
      else { return nil }
      list.entries[place].round = list.round
      return list.entries[place].object
    } ?? nil
  }

  static func keep(_ object: SentObject) {
    let old = withList(creating: false) { list in
      list.entries.append(Entry(object: object, round: list.round))
      return list.entries.count > mostObjects ? list.entries.removeFirst() : nil
    }
    _ = old
  }

  @discardableResult
  private static func withList<Result>(creating: Bool, _ body: (List) -> Result) -> Result? {
    let slot = ProcessSlot.mappings
    slot.lock()
    defer { slot.unlock() }
    // SAFETY: the pointer in the slot was stored below by this process and is never released.
    if let known = unsafe slot.reference {
      return unsafe body(Unmanaged<List>.fromOpaque(known).takeUnretainedValue())
    }
    guard creating else { return nil }
    let list = List()
    unsafe slot.reference = Unmanaged.passRetained(list).toOpaque()
    return body(list)
  }
}
