internal import SharedArraysSystem

/// Removes what killed processes left, and tells of each segment what was done and why.
///
/// Unlike the sweep that goes with each create, it also keeps what programs in other languages map, which take
/// no lock.
package struct GarbageCollection: Sendable {
  package enum Outcome: Sendable, Equatable {
    case removed
    /// It would have been removed, had this not been a trial.
    case removable
    case kept(Reason)
  }

  package enum Reason: Sendable, Equatable {
    case persistent
    /// A process holds its lock.
    case held
    /// Processes map it that hold no lock.
    case mapped
    /// Processes may map it that cannot be seen; the text says which.
    case unseen(String)
    case foreignOwner
    case failed(SharedMemoryError)
  }

  package struct Entry: Sendable {
    package let name: String
    /// Whether it was on its way to a name when its creator was killed.
    package let isDraft: Bool
    package let allocatedByteCount: Int
    /// The processes seen to map it.
    package let processes: [Int]
    package let outcome: Outcome
  }

  private let isTrial: Bool
  private let trustsLocks: Bool
  private let mappings: ProcessMappings

  /// Goes through the segments and drafts in /dev/shm, by name. Other objects are neither touched nor told.
  ///
  /// - Parameters:
  ///   - isTrial: removes nothing.
  ///   - trustsLocks: whether locks alone decide where not every process can be seen.
  /// - Throws: ``SharedMemoryError`` if /dev/shm cannot be read.
  package static func run(isTrial: Bool, trustsLocks: Bool) throws(SharedMemoryError) -> [Entry] {
    let names = try translatingErrors(of: nil) { () throws(SystemError) in try SharedMemoryDirectory.names() }
    let mappings = try translatingErrors(of: nil) { () throws(SystemError) in
      try ProcessMappings.ofSharedMemory()
    }
    let collection = GarbageCollection(isTrial: isTrial, trustsLocks: trustsLocks, mappings: mappings)
    return names.sorted().compactMap(collection.entry)
  }

  /// Nil for what is neither a segment nor a draft.
  private func entry(_ name: String) -> Entry? {
    let isDraft = name.hasPrefix(SegmentName.hiddenPrefix)
    guard let status = try? SharedMemoryDirectory.status(of: name), status.isRegularFile,
      let lifetime = isDraft ? .temporary : (try? Segment.inspect(name))?.info.lifetime
    else { return nil }
    var outcome = Outcome.kept(.persistent)
    if status.owner != currentUser() {
      outcome = .kept(.foreignOwner)
    } else if lifetime == .temporary {
      do throws(SharedMemoryError) {
        outcome = try collect(name, status, isDraft: isDraft)
      } catch {
        // Another process has removed it meanwhile.
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

  /// The reason to keep an array though no process holds its lock; nil if there is none.
  private func reasonToKeep(_ opened: borrowing NameLifecycle.Opened) -> Reason? {
    if mappings.processes[opened.status.identity] != nil { return .mapped }
    if trustsLocks { return nil }
    guard let doubt = doubt(about: opened.status) else { return nil }
    // The kernel counts every process that has the file open or maps it, in every namespace, and grants a lease only
    // to the sole user: with it the doubt is settled.
    return (try? opened.descriptor.isSoleUser()) == true ? nil : .unseen(doubt)
  }

  /// Why a process that cannot be seen might use the array; nil if all that could are seen.
  private func doubt(about status: FileStatus) -> String? {
    // Agents that keep secrets close their mappings to every process, and nearly every user runs one.
    let suspects = mappings.suspects(of: status)
    if !suspects.isEmpty {
      let list = suspects.prefix(5).map(String.init).joined(separator: ", ")
      return "the mappings of process \(list)\(suspects.count > 5 ? ", …" : "") cannot be read"
    }
    guard let blindness = mappings.blindness else { return nil }
    // A process that /proc merely hides belongs to another user, whom the permissions keep out.
    return blindness == .hiding && status.permissions & 0o066 == 0 ? nil : blindness.rawValue
  }
}
