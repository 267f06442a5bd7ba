internal import SharedArraysSystem
internal import Synchronization

/// The protocol that decides which process removes a name, and when. It tracks liveness without a
/// daemon.
///
/// Each process that maps a named segment holds a shared `flock` on it, taken before the name is
/// published or right after the object is opened. The mapping keeps the lock, and the kernel drops
/// it when the process dies. No process ever unlocks or upgrades it, because a forked child shares
/// its parent's lock, and either would take it from both.
///
/// To find out whether the segment is in use, a process opens the object again and tries to take
/// the exclusive lock on the new open file description. Every removal of a name also holds a write
/// lock on one byte far beyond the data of the object, and checks that the name still leads to it.
/// Without this check, two removers could unlink the successor that a third process has just
/// published.
///
/// After a crash: the locks of dead processes are released. A remover killed before `shm_unlink`
/// has changed nothing, and one killed after it has finished.
enum NameLifecycle {
  /// The byte whose lock guards the removal of a name. It lies beyond the maximum size of a
  /// segment.
  private static let removalByte: Int64 = 1 << 62
  /// The timeout for a lock that is held only for a few system calls. Its holder might be stopped.
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
      // A removed object no longer has the name, though its lock can still be taken.
      if isLocked, status.linkCount > 0 { return Opened(descriptor: descriptor, status: status) }
      let end = deadline ?? Deadline(after: patience)
      if end.hasPassed { throw SharedMemoryError(.busy, name: name) }
      deadline = end
      backOff(&times)
    }
  }

  /// Opens the object behind `name`, which must be a regular file.
  static func open(_ name: String, _ access: MappingAccess) throws(SharedMemoryError) -> Opened {
    let descriptor = try descriptor(of: name, access)
    let status = try translatingErrors(of: name) { () throws(SystemError) in try descriptor.status() }
    guard status.isRegularFile else { throw SharedMemoryError(.notARegularFile, name: name) }
    return Opened(descriptor: descriptor, status: status)
  }

  /// Opens the object.
  ///
  /// Retries for some milliseconds while another process checks whether the object is in use,
  /// because that process briefly takes the kernel's lease on it.
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

  /// Returns the error for a name that could not be opened.
  ///
  /// On a file system mounted `nodev`, such as /dev/shm under systemd and in containers, the kernel
  /// refuses to open a device with EACCES. Permissions would explain that error too, so the file
  /// type decides.
  private static func refusal(_ error: SystemError, of name: String) -> SharedMemoryError {
    if error.code == ErrorCode.accessDenied, let status = try? SharedMemoryDirectory.status(of: name),
      !status.isRegularFile
    {
      return SharedMemoryError(.notARegularFile, name: name, underlying: error)
    }
    return SharedMemoryError(error, name: name)
  }

  // MARK: Removing

  /// Removes the name after this process has unmapped a temporary segment, if this process was its
  /// last user.
  ///
  /// If that fails, for example because no descriptor is left, the name stays until the next sweep.
  ///
  /// - Parameter leaves: A closure that ends this process's use if it has not ended yet, and
  ///   returns whether it succeeded.
  static func detached(
    _ name: String, from identity: FileIdentity, leaves: (borrowing OwnedDescriptor) -> Bool = { _ in true }
  ) {
    guard let descriptor = try? descriptor(of: name, .readWrite),
      let status = try? descriptor.status(), status.identity == identity, leaves(descriptor),
      (try? descriptor.tryLockExclusive()) == true
    else { return }
    _ = try? remove(name, leadingTo: descriptor)
  }

  /// The kind of object whose name a caller intends to remove.
  enum Target {
    case segment
    case block
    /// Any regular file, including those of other users and programs.
    case anyRegularFile
  }

  /// Removes a name, even if the object is in use. The object must be of the kind `target`, or, if
  /// `identity` is given, the name must still lead to that object.
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
      guard found.owner == currentUser() else { throw SharedMemoryError(.foreignUser, name: name) }
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

  /// Throws `notARegularFile` without opening the object, because opening a special file could have
  /// side effects.
  static func requireRegularFile(_ name: String) throws(SharedMemoryError) {
    let found = try translatingErrors(of: name) { () throws(SystemError) in
      try SharedMemoryDirectory.status(of: name)
    }
    guard found.isRegularFile else { throw SharedMemoryError(.notARegularFile, name: name) }
  }

  enum Removal { case removed, gone, contended }

  /// Removes a name. No other code removes names.
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

  /// Removes the name if it leads to a temporary segment or a draft that no process holds.
  private static func removeIfOrphaned(_ name: String) {
    guard let found = try? openRemovable(name), (try? found.descriptor.tryLockExclusive()) == true
    else { return }
    _ = try? remove(name, leadingTo: found.descriptor)
  }

  /// Returns whether another attempt to publish a segment under a taken name is worthwhile.
  ///
  /// An orphan is removed at once. An object that another process is removing at this moment is
  /// gone soon.
  static func reclaimsOrphan(_ name: String) throws(SharedMemoryError) -> Bool {
    let deadline = Deadline(after: patience)
    var times = 0
    while !deadline.hasPassed {
      guard let found = try openRemovable(name) else {
        return try translatingErrors(of: name) { () throws(SystemError) in try identity(behind: name) == nil }
      }
      let isUsed = try translatingErrors(of: name) { () throws(SystemError) in
        // A process that removes a name does not share the lock, and will have finished soon. Users
        // share the lock. If this process's own share was all that kept the last user from removing
        // the name, this process removes it.
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

  /// Opens the object behind a name, or returns nil unless it is a draft or a temporary segment of
  /// this user. A special file is not opened, because opening it could have side effects.
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

  /// The time on the monotonic clock from which this process may sweep again.
  private static let nextSweep = Atomic<Int64>(0)

  /// Sweeps before a name is published, but at most once a second: programs that create many
  /// segments need not read the whole directory for each.
  static func sweepIfDue() {
    let now = monotonicNanoseconds()
    let due = nextSweep.load(ordering: .relaxed)
    guard now >= due else { return }
    let (won, _) = nextSweep.compareExchange(
      expected: due, desired: now + 1_000_000_000, ordering: .relaxed)
    // If the directory cannot be read, the caller's own operations report the error.
    if won { _ = try? sweep() }
  }

  /// Removes the temporary segments and drafts that killed processes left and no process holds.
  /// Returns the names that were in the directory before the sweep.
  static func sweep() throws(SharedMemoryError) -> [String] {
    let names = try translatingErrors(of: nil) { () throws(SystemError) in try SharedMemoryDirectory.names() }
    for name in names { removeIfOrphaned(name) }
    return names
  }
}
