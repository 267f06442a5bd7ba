internal import SharedArraysSystem

/// Removes the segments that killed processes left behind, and reports the outcome and its reason
/// for each segment.
///
/// Unlike the sweep before each create, the collection also keeps segments mapped by programs in
/// other languages, which take no lock.
package struct GarbageCollection: Sendable {
  package enum Outcome: Sendable, Equatable {
    case removed
    /// The segment would have been removed, but this was a trial.
    case removable
    case kept(Reason)
  }

  package enum Reason: Sendable, Equatable {
    case persistent
    /// A process holds the segment's lock.
    case held
    /// Processes map the segment without holding its lock.
    case mapped
    /// Processes that cannot be inspected might map the segment; the text describes them.
    case unseen(String)
    case foreignUser
    case failed(SharedMemoryError)
  }

  package struct Entry: Sendable {
    package let name: String
    /// Whether this is a draft: its creator was killed before it published the name.
    package let isDraft: Bool
    package let allocatedByteCount: Int
    /// The processes that were found to map the segment.
    package let processes: [Int]
    package let outcome: Outcome
  }

  private let isTrial: Bool
  private let trustsLocks: Bool
  private let mappings: ProcessMappings

  /// Examines the segments and drafts in /dev/shm, sorted by name. Other objects are neither
  /// changed nor reported.
  ///
  /// - Parameters:
  ///   - isTrial: Whether to report without removing anything.
  ///   - trustsLocks: Whether the locks alone decide if not every process can be inspected.
  /// - Throws: ``SharedMemoryError`` if /dev/shm cannot be read.
  package static func run(isTrial: Bool, trustsLocks: Bool) throws(SharedMemoryError) -> [Entry] {
    let names = try translatingErrors(of: nil) { () throws(SystemError) in try SharedMemoryDirectory.names() }
    let mappings = try translatingErrors(of: nil) { () throws(SystemError) in
      try ProcessMappings.ofSharedMemory()
    }
    let collection = GarbageCollection(isTrial: isTrial, trustsLocks: trustsLocks, mappings: mappings)
    return names.sorted().compactMap(collection.entry)
  }

  /// Collects one object, or returns nil if it is neither a segment nor a draft.
  private func entry(_ name: String) -> Entry? {
    let isDraft = name.hasPrefix(SegmentName.hiddenPrefix)
    guard let status = try? SharedMemoryDirectory.status(of: name), status.isRegularFile,
      let lifetime = isDraft ? .temporary : (try? Segment.inspect(name))?.info.lifetime
    else { return nil }
    var outcome = Outcome.kept(.persistent)
    if status.owner != currentUser() {
      outcome = .kept(.foreignUser)
    } else if lifetime == .temporary {
      do throws(SharedMemoryError) {
        outcome = try collect(name, status, isDraft: isDraft)
      } catch {
        // Another process has removed it since.
        if error.code == .notFound { return nil }
        outcome = .kept(.failed(error))
      }
    }
    return Entry(
      name: name, isDraft: isDraft, allocatedByteCount: status.allocatedByteCount,
      processes: mappings.processes[status.identity] ?? [], outcome: outcome)
  }

  private func collect(
    _ name: String, _ status: FileStatus, isDraft: Bool
  ) throws(SharedMemoryError) -> Outcome {
    guard let opened = try NameLifecycle.openRemovable(name), opened.status.identity == status.identity else {
      throw SharedMemoryError(.notFound, name: name)
    }
    let isFree = try translatingErrors(of: name) { () throws(SystemError) in
      try opened.descriptor.tryLockExclusive()
    }
    guard isFree else { return .kept(.held) }
    // No other program knows of drafts.
    if !isDraft, let reason = reasonToKeep(opened) { return .kept(reason) }
    if isTrial { return .removable }
    let removal = try translatingErrors(of: name) { () throws(SystemError) in
      try NameLifecycle.remove(name, leadingTo: opened.descriptor)
    }
    switch removal {
    case .removed: return .removed
    case .gone: throw SharedMemoryError(.notFound, name: name)
    case .contended: return .kept(.failed(SharedMemoryError(.busy, name: name)))
    }
  }

  /// Returns the reason to keep a segment although no process holds its lock, or nil if none
  /// applies.
  private func reasonToKeep(_ opened: borrowing NameLifecycle.Opened) -> Reason? {
    if mappings.processes[opened.status.identity] != nil { return .mapped }
    if trustsLocks { return nil }
    guard let doubt = doubt(about: opened.status) else { return nil }
    // The kernel counts every process that has the file open or mapped, in every namespace, and
    // grants a lease only to the sole user. A granted lease settles the doubt.
    return (try? opened.descriptor.isSoleUser()) == true ? nil : .unseen(doubt)
  }

  /// Returns why a process that cannot be inspected might use the segment, or nil if every possible
  /// user was inspected.
  private func doubt(about status: FileStatus) -> String? {
    // Agents that keep secrets hide their mappings from every process, and nearly every user runs
    // one.
    let suspects = mappings.suspects(of: status)
    if !suspects.isEmpty {
      let list = suspects.prefix(5).map(String.init).joined(separator: ", ")
      return "the mappings of process \(list)\(suspects.count > 5 ? ", …" : "") cannot be read"
    }
    guard let blindness = mappings.blindness else { return nil }
    // A process that /proc hides belongs to another user, to whom the permissions deny access.
    return blindness == .hiding && status.permissions & 0o066 == 0 ? nil : blindness.rawValue
  }
}
