internal import SharedArraysSystem
internal import Synchronization

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

  /// An open object, and its status when it was opened.
  struct Opened: ~Copyable {
    let descriptor: OwnedDescriptor
    let status: FileStatus

    consuming func takeDescriptor() -> OwnedDescriptor { descriptor }
  }

  /// Opens the segment `name` and takes the shared lock on it.
  static func openHolding(_ name: String, _ access: MappingAccess) throws(SharedMemoryError) -> Opened {
    var deadline: Deadline?
    var times = 0
    while true {
      let descriptor = try descriptor(of: name, access)
      let isLocked = try translatingErrors(of: name) { () throws(SystemError) in
        try descriptor.tryLockShared()
      }
      let status = try translatingErrors(of: name) { () throws(SystemError) in try descriptor.status() }
      guard status.isRegularFile else { throw SharedMemoryError(.notARegularFile, name: name) }
      // A removed object is not the one of that name any more, though its lock can be had.
      if isLocked, status.linkCount > 0 { return Opened(descriptor: descriptor, status: status) }
      let end = deadline ?? Deadline(after: patience)
      if end.hasPassed { throw SharedMemoryError(.busy, name: name) }
      deadline = end
      backOff(&times)
    }
  }

  /// Opens what `name` leads to, if it is a regular file.
  static func open(_ name: String, _ access: MappingAccess) throws(SharedMemoryError) -> Opened {
    let descriptor = try descriptor(of: name, access)
    let status = try translatingErrors(of: name) { () throws(SystemError) in try descriptor.status() }
    guard status.isRegularFile else { throw SharedMemoryError(.notARegularFile, name: name) }
    return Opened(descriptor: descriptor, status: status)
  }

  /// Opens the object; tries again for some milliseconds while another process asks whether it is in use, which
  /// takes the kernel's lease on it for a moment.
  private static func descriptor(
    of name: String, _ access: MappingAccess
  ) throws(SharedMemoryError) -> OwnedDescriptor {
    var times = 0
    while true {
      do throws(SystemError) {
        return try OwnedDescriptor.openSharedMemory(named: name, access)
      } catch {
        guard error.code == ErrorCode.wouldBlock, times < 200 else { throw refusal(error, of: name) }
        backOff(&times)
      }
    }
  }

  /// The error for a name that could not be opened.
  ///
  /// On a file system mounted `nodev`, as /dev/shm is under systemd and in containers, the kernel refuses a device
  /// with EACCES, which permissions would explain too: the kind of the file decides.
  private static func refusal(_ error: SystemError, of name: String) -> SharedMemoryError {
    if error.code == ErrorCode.accessDenied, let status = try? SharedMemoryDirectory.status(of: name),
      !status.isRegularFile
    {
      return SharedMemoryError(.notARegularFile, name: name, underlying: error)
    }
    return SharedMemoryError(error, name: name)
  }

  // MARK: Removing

  /// Called when this process has unmapped a temporary segment: its last user removes the name.
  ///
  /// Where that fails, say for want of a descriptor, the name is left to the next sweep.
  ///
  /// - Parameter leaves: gives up this process's use if it has not yet, and tells whether it could.
  static func detached(
    _ name: String, from identity: FileIdentity, leaves: (borrowing OwnedDescriptor) -> Bool = { _ in true }
  ) {
    guard let descriptor = try? descriptor(of: name, .readWrite),
      let status = try? descriptor.status(), status.identity == identity, leaves(descriptor),
      (try? descriptor.tryLockExclusive()) == true
    else { return }
    _ = try? remove(name, leadingTo: descriptor)
  }

  /// What the removal of a name is meant for.
  enum Target {
    case segment
    case block
    /// Also of another user, and of another program.
    case anyRegularFile
  }

  /// Removes a name, whoever uses what it leads to, if that is what was meant; with `only`, if it still leads
  /// to that object.
  static func unlink(
    _ name: String, only identity: FileIdentity? = nil, _ target: Target = .segment
  ) throws(SharedMemoryError) {
    let deadline = Deadline(after: patience)
    if target == .anyRegularFile { try requireRegularFile(name) }
    let opened = try open(name, .readWrite)
    let found = opened.status
    if let identity {
      guard found.identity == identity else { throw SharedMemoryError(.notFound, name: name) }
    } else if target != .anyRegularFile {
      guard found.owner == currentUser() else { throw SharedMemoryError(.foreignOwner, name: name) }
      if target == .block {
        try BlockMemory.refuseSegment(opened.descriptor, name, byteCount: found.byteCount)
      } else {
        _ = try Segment.readControlPage(of: opened.descriptor, name: name, byteCount: found.byteCount)
      }
    }
    var times = 0
    while true {
      switch try translatingErrors(
        of: name, { () throws(SystemError) in try remove(name, leadingTo: opened.descriptor) })
      {
      case .removed: return
      case .gone: throw SharedMemoryError(.notFound, name: name)
      case .contended:
        if deadline.hasPassed { throw SharedMemoryError(.busy, name: name) }
        backOff(&times)
      }
    }
  }

  /// What is no regular file is not opened: that could have effects.
  static func requireRegularFile(_ name: String) throws(SharedMemoryError) {
    let found = try translatingErrors(of: name) { () throws(SystemError) in
      try SharedMemoryDirectory.status(of: name)
    }
    guard found.isRegularFile else { throw SharedMemoryError(.notARegularFile, name: name) }
  }

  enum Removal { case removed, gone, contended }

  /// The one place that removes a name.
  static func remove(
    _ name: String, leadingTo descriptor: borrowing OwnedDescriptor
  ) throws(SystemError) -> Removal {
    guard try descriptor.tryLockByte(at: removalByte) else {
      return try descriptor.status().linkCount == 0 ? .gone : .contended
    }
    let own = try descriptor.status()
    guard own.linkCount > 0, try identity(behind: name) == own.identity else { return .gone }
    try SharedMemoryDirectory.unlink(name)
    return .removed
  }

  private static func identity(behind name: String) throws(SystemError) -> FileIdentity? {
    do throws(SystemError) {
      return try SharedMemoryDirectory.status(of: name).identity
    } catch let error where error.code == ErrorCode.noEntry {
      return nil
    }
  }

  // MARK: Orphans

  /// Removes the name if it leads to a temporary segment, or to a draft, that no process holds.
  private static func removeIfOrphaned(_ name: String) {
    guard let found = try? openRemovable(name), (try? found.descriptor.tryLockExclusive()) == true
    else { return }
    _ = try? remove(name, leadingTo: found.descriptor)
  }

  /// Whether it is worth another try to publish a segment under a name that was taken: an orphan goes at
  /// once, and one that another process is removing at this moment soon.
  static func makesWay(_ name: String) throws(SharedMemoryError) -> Bool {
    let deadline = Deadline(after: patience)
    var times = 0
    while !deadline.hasPassed {
      guard let found = try openRemovable(name) else {
        return try translatingErrors(of: name) { () throws(SystemError) in try identity(behind: name) == nil }
      }
      let isUsed = try translatingErrors(of: name) { () throws(SystemError) in
        // Who removes a name does not share the lock, and will be gone soon. Users share it. If only our own
        // share has kept the last of them from removing the name, it is up to us.
        var isUsed = false
        if try !found.descriptor.tryLockExclusive() {
          guard try found.descriptor.tryLockShared() else { return false }
          isUsed = try !found.descriptor.tryLockExclusive()
        }
        if !isUsed { _ = try remove(name, leadingTo: found.descriptor) }
        return isUsed
      }
      if isUsed { return false }
      backOff(&times)
    }
    return false
  }

  /// Opens what the name leads to if that is a draft or a temporary segment of this user. What is no regular
  /// file is not opened: that could have effects.
  static func openRemovable(_ name: String) throws(SharedMemoryError) -> Opened? {
    do throws(SharedMemoryError) {
      let found = try translatingErrors(of: name) { () throws(SystemError) in
        try SharedMemoryDirectory.status(of: name)
      }
      guard found.isRegularFile, found.owner == currentUser() else { return nil }
      let opened = try open(name, .readWrite)
      if !name.hasPrefix(SegmentName.hiddenPrefix) {
        let control = try Segment.readControlPage(
          of: opened.descriptor, name: name, byteCount: opened.status.byteCount)
        if control.lifetime == .persistent { return nil }
      }
      return opened
    } catch {
      let isNeither = [.notFound, .notASegment, .notARegularFile, .permissionDenied].contains(error.code)
      if isNeither { return nil }
      throw error
    }
  }

  // MARK: Sweeping

  /// When this process may sweep again, on the monotonic clock.
  private static let nextSweep = Atomic<Int64>(0)

  /// Sweeps before a name is published, but not more than once a second: programs that create many segments
  /// need not read the whole directory for each.
  static func sweepNowAndThen() {
    let now = monotonicNanoseconds()
    let due = nextSweep.load(ordering: .relaxed)
    guard now >= due else { return }
    let (won, _) = nextSweep.compareExchange(
      expected: due, desired: now + 1_000_000_000, ordering: .relaxed)
    // A directory that cannot be read is for the caller's own steps to find out.
    if won { _ = try? sweep() }
  }

  /// Removes what killed processes have left: temporary segments and drafts that no process holds. Returns
  /// the names that were there.
  static func sweep() throws(SharedMemoryError) -> [String] {
    let names = try translatingErrors(of: nil) { () throws(SystemError) in try SharedMemoryDirectory.names() }
    for name in names { removeIfOrphaned(name) }
    return names
  }
}
