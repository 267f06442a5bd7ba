internal import Synchronization
internal import SystemLayer

/// Who removes a name, and when: liveness without a daemon.
///
/// Each process that maps a named segment holds a shared `flock` on it, taken before the name is published or
/// right after the object is opened. The mapping keeps the lock; the kernel drops it at the process's death.
/// Nobody ever unlocks or upgrades: a forked child shares its parent's lock, and either would take it from
/// both.
///
/// To find out whether anybody is left, a process opens the object afresh and tries for the exclusive lock on
/// that new description. Every removal of a name also holds a write lock on one byte far beyond the data of
/// that object and checks that the name still leads to it: otherwise two removers could take away the
/// successor that a third process has just published.
///
/// What a survivor finds: locks of the dead are gone; a remover killed before `shm_unlink` has changed
/// nothing, one killed after it has finished.
enum NameLifecycle {
  /// The byte whose lock guards the removal of a name; no segment reaches that far.
  private static let removalByte: Int64 = 1 << 62
  /// How long to try for a lock that is only ever held for a few system calls. Its holder may be stopped.
  private static let patience = Duration.seconds(10)

  // MARK: Attaching

  /// An open segment on which this process has the shared lock.
  struct Held: ~Copyable {
    let descriptor: OwnedDescriptor
    let status: FileStatus
  }

  /// Opens the segment `name` and takes the shared lock on it.
  static func openHolding(_ name: String, _ access: MappingAccess) throws(SharedMemoryError) -> Held {
    var deadline: Deadline?
    while true {
      let descriptor = try translatingErrors(of: name) { () throws(SystemError) in
        try OwnedDescriptor.openSharedMemory(named: name, access)
      }
      let isLocked = try translatingErrors(of: name) { () throws(SystemError) in
        try descriptor.tryLockShared()
      }
      let status = try translatingErrors(of: name) { () throws(SystemError) in try descriptor.status() }
      guard status.isRegularFile else { throw SharedMemoryError(.notARegularFile, name: name) }
      // A removed object is not the one of that name any more, though its lock can be had.
      if isLocked, status.linkCount > 0 { return Held(descriptor: descriptor, status: status) }
      let end = deadline ?? Deadline(after: patience)
      if end.hasPassed { throw SharedMemoryError(.busy, name: name) }
      deadline = end
      yieldCore()
    }
  }

  // MARK: Removing

  /// Called when this process has unmapped a temporary segment: its last user removes the name.
  ///
  /// Where that fails, say for want of a descriptor, the name is left to the next sweep.
  static func detached(_ name: String, from identity: FileIdentity) {
    guard let descriptor = try? OwnedDescriptor.openSharedMemory(named: name, .readWrite),
      let status = try? descriptor.status(), status.identity == identity,
      (try? descriptor.tryLockExclusive()) == true
    else { return }
    _ = try? remove(name, leadingTo: descriptor)
  }

  /// Removes the name of a segment, whoever uses it; with `only`, if it still leads to that object.
  static func unlink(_ name: String, only identity: FileIdentity? = nil) throws(SharedMemoryError) {
    let deadline = Deadline(after: patience)
    let descriptor = try translatingErrors(of: name) { () throws(SystemError) in
      try OwnedDescriptor.openSharedMemory(named: name, .readWrite)
    }
    let found = try translatingErrors(of: name) { () throws(SystemError) in try descriptor.status() }
    guard found.isRegularFile else { throw SharedMemoryError(.notARegularFile, name: name) }
    if let identity, found.identity != identity { throw SharedMemoryError(.notFound, name: name) }
    guard found.owner == currentUser() else { throw SharedMemoryError(.foreignOwner, name: name) }
    _ = try Segment.readControlPage(of: descriptor, name: name, byteCount: found.byteCount)
    while true {
      switch try translatingErrors(
        of: name, { () throws(SystemError) in try remove(name, leadingTo: descriptor) })
      {
      case .removed: return
      case .gone: throw SharedMemoryError(.notFound, name: name)
      case .contended:
        if deadline.hasPassed { throw SharedMemoryError(.busy, name: name) }
        yieldCore()
      }
    }
  }

  private enum Removal { case removed, gone, contended }

  /// The one place that removes a name.
  private static func remove(
    _ name: String, leadingTo descriptor: borrowing OwnedDescriptor
  ) throws(SystemError) -> Removal {
    guard try descriptor.tryLockByte(at: removalByte) else {
      return try descriptor.status().linkCount == 0 ? .gone : .contended
    }
    let own = try descriptor.status()
    guard own.linkCount > 0, let named = try? SharedMemoryDirectory.status(of: name),
      named.identity == own.identity
    else { return .gone }
    try SharedMemoryDirectory.unlink(name)
    return .removed
  }

  /// Removes the name if it leads to a temporary segment, or to a draft, that no process holds.
  static func removeIfOrphaned(_ name: String) -> Bool {
    guard let descriptor = try? OwnedDescriptor.openSharedMemory(named: name, .readWrite),
      let status = try? descriptor.status(), status.isRegularFile, status.owner == currentUser(),
      name.hasPrefix(SegmentName.hiddenPrefix) || isTemporary(descriptor, status.byteCount),
      (try? descriptor.tryLockExclusive()) == true
    else { return false }
    return (try? remove(name, leadingTo: descriptor)) != .contended
  }

  private static func isTemporary(_ descriptor: borrowing OwnedDescriptor, _ byteCount: Int) -> Bool {
    let control = try? Segment.readControlPage(of: descriptor, name: nil, byteCount: byteCount)
    return control?.lifetime == .temporary
  }

  // MARK: Sweeping

  private static let hasSwept = Atomic<Bool>(false)

  /// Sweeps at the first call in the life of a process.
  static func sweepOnce() {
    if !hasSwept.exchange(true, ordering: .relaxed) { _ = try? sweep() }
  }

  /// Removes what killed processes have left: temporary segments and drafts that no process holds. Returns
  /// the names that stay.
  static func sweep() throws(SharedMemoryError) -> [String] {
    let names = try translatingErrors(of: nil) { () throws(SystemError) in try SharedMemoryDirectory.names() }
    return names.filter { !removeIfOrphaned($0) }
  }
}
