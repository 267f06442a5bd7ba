internal import SharedArraysSystem

/// Objects of other processes that this one keeps mapped for a while though no array here has them: the workers of a pool
/// are sent the same arrays again and again, and mapping one costs more than most tasks, not least for the page faults that
/// follow.
///
/// What is not asked for again is let go soon: see ``beginRound()``. A process that nobody has asked to keep anything keeps
/// nothing.
package enum KeptMappings {
  private struct Entry {
    let object: SentObject
    var round: UInt64
  }

  private final class List {
    var entries: [Entry] = []
    var round: UInt64 = 0
  }

  /// How many objects are kept at most.
  private static let mostObjects = 16
  /// How many rounds an object is kept after the last one in which it was asked for.
  private static let rounds: UInt64 = 1

  /// Begins to keep what is mapped from now on, or goes on with that: lets go of all that was asked for neither in the round that
  /// ends nor in the one before.
  package static func beginRound() {
    let old = withList(creating: true) { list in
      list.round += 1
      let old = list.entries.filter { $0.round + rounds < list.round }
      if !old.isEmpty { list.entries.removeAll { $0.round + rounds < list.round } }
      return old
    }
    // Unmapped here, without the lock.
    _ = old
  }

  /// Lets go of everything.
  ///
  /// - Returns: whether there was anything.
  @discardableResult
  package static func dropAll() -> Bool {
    let old = withList(creating: false) { list in
      defer { list.entries = [] }
      return list.entries
    }
    return !(old ?? []).isEmpty
  }

  /// Whether anything is kept.
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
    if let known = unsafe slot.reference {
      return unsafe body(Unmanaged<List>.fromOpaque(known).takeUnretainedValue())
    }
    guard creating else { return nil }
    let list = List()
    unsafe slot.reference = Unmanaged.passRetained(list).toOpaque()
    return body(list)
  }
}
