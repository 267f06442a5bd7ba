internal import SystemLayer

/// An object on its way to a name. One that never gets there leaves nothing behind.
///
/// A process killed meanwhile leaves nothing either, since the object has no name yet; where the system lacks
/// `O_TMPFILE` it has a hidden one, which the next sweep removes.
struct SegmentDraft: ~Copyable {
  let descriptor: OwnedDescriptor
  private let hiddenName: String?

  private init(descriptor: consuming OwnedDescriptor, hiddenName: String?) {
    self.descriptor = descriptor
    self.hiddenName = hiddenName
  }

  deinit {
    if let hiddenName { try? SharedMemoryDirectory.unlink(hiddenName) }
  }

  /// An empty object, held by this process, that is to become `name`.
  static func make(for name: String) throws(SharedMemoryError) -> SegmentDraft {
    let draft = try open(for: name)
    try translatingErrors(of: name) { () throws(SystemError) in
      // The mode given at creation was cut by the umask. Nobody else can hold the lock of a new object.
      try draft.descriptor.setMode(0o600)
      _ = try draft.descriptor.tryLockShared()
    }
    return draft
  }

  private static func open(for name: String) throws(SharedMemoryError) -> SegmentDraft {
    do throws(SystemError) {
      return SegmentDraft(descriptor: try .unnamedSharedMemory(), hiddenName: nil)
    } catch  where [ErrorCode.notSupported, ErrorCode.isDirectory, ErrorCode.invalid].contains(error.code) {
      return try withHiddenName(name)
    } catch  where error.code == ErrorCode.noEntry {
      throw SharedMemoryError(.unavailable, name: name, underlying: error)
    } catch {
      throw SharedMemoryError(error, name: name)
    }
  }

  private static func withHiddenName(_ name: String) throws(SharedMemoryError) -> SegmentDraft {
    let hidden = try SegmentName.generate(prefix: SegmentName.hiddenPrefix)
    return try translatingErrors(of: name) { () throws(SystemError) in
      SegmentDraft(descriptor: try .createSharedMemory(named: hidden), hiddenName: hidden)
    }
  }

  /// Gives the finished object its name; a temporary segment of that name that nobody holds any more makes
  /// way.
  func publish(as name: String) throws(SharedMemoryError) {
    do throws(SharedMemoryError) {
      try link(as: name)
    } catch  where error.code == .alreadyExists {
      guard NameLifecycle.removeIfOrphaned(name) else { throw error }
      try link(as: name)
    }
  }

  private func link(as name: String) throws(SharedMemoryError) {
    try translatingErrors(of: name) { () throws(SystemError) in
      if let hiddenName {
        try SharedMemoryDirectory.link(hiddenName, as: name)
      } else {
        try descriptor.publish(as: name)
      }
    }
  }
}
