internal import SharedArraysSystem

/// A new object that does not have its name yet. A draft that is never published leaves nothing
/// behind.
///
/// A process killed before publishing leaves nothing behind either, since the object has no name
/// yet. On a system without `O_TMPFILE` it has a hidden name, which the next sweep removes.
struct StagedSegment: ~Copyable {
  let descriptor: OwnedDescriptor
  private let hiddenName: String?

  private init(descriptor: consuming OwnedDescriptor, hiddenName: String?) {
    self.descriptor = descriptor
    self.hiddenName = hiddenName
  }

  deinit {
    if let hiddenName { try? SharedMemoryDirectory.unlink(hiddenName) }
  }

  /// Creates an empty object that will be published as `name`, and takes the shared lock on it.
  static func make(for name: String) throws(SharedMemoryError) -> StagedSegment {
    for _ in 0..<100 {
      let draft = try open(for: name)
      let isReady = try translatingErrors(of: name) { () throws(SystemError) in
        // The umask has cleared bits of the mode given at creation.
        try draft.descriptor.setMode(0o600)
        // A sweep that finds a hidden name before it is locked takes it for an orphan.
        guard try draft.descriptor.tryLockShared() else { return false }
        if draft.hiddenName == nil { return true }
        return try draft.descriptor.status().linkCount > 0
      }
      if isReady { return draft }
    }
    throw SharedMemoryError(.busy, name: name)
  }

  private static func open(for name: String) throws(SharedMemoryError) -> StagedSegment {
    do throws(SystemError) {
      return StagedSegment(descriptor: try .unnamedSharedMemory(), hiddenName: nil)
    } catch let error where ErrorCode.noUnnamedFiles.contains(error.code) {
      return try withHiddenName(name)
    } catch let error where error.code == ErrorCode.noEntry {
      throw SharedMemoryError(.unavailable, name: name, underlying: error)
    } catch {
      throw SharedMemoryError(error, name: name)
    }
  }

  private static func withHiddenName(_ name: String) throws(SharedMemoryError) -> StagedSegment {
    let hidden = try SegmentName.generate(prefix: SegmentName.hiddenPrefix)
    return try translatingErrors(of: name) { () throws(SystemError) in
      StagedSegment(descriptor: try .createSharedMemory(named: hidden), hiddenName: hidden)
    }
  }

  /// Publishes the finished object under its name. Replaces a temporary segment of that name if no
  /// process holds it any more.
  func publish(as name: String) throws(SharedMemoryError) {
    while true {
      do throws(SharedMemoryError) {
        return try link(as: name)
      } catch let error where error.code == .alreadyExists {
        guard try NameLifecycle.reclaimsOrphan(name) else { throw error }
      } catch let error where error.code == .notFound {
        throw SharedMemoryError(.unavailable, name: name, underlying: error.underlying)
      }
    }
  }

  private func link(as name: String) throws(SharedMemoryError) {
    try translatingErrors(of: name) { () throws(SystemError) in
      guard let hiddenName else { return try descriptor.publish(as: name) }
      do throws(SystemError) {
        try SharedMemoryDirectory.move(hiddenName, to: name)
      } catch let error where [ErrorCode.noSuchCall, ErrorCode.invalid].contains(error.code) {
        try SharedMemoryDirectory.link(hiddenName, as: name)
      }
    }
  }
}
