internal import SharedArraysSystem

/// The mapping of a raw block, shared by its handles and by the arrays on it.
///
/// Crash safety: nothing in a block identifies its creator. The name of a temporary block whose
/// creator was killed therefore stays until a process unlinks it.
@usableFromInline
@safe package final class BlockMemory: MemoryOwner, @unchecked Sendable {
  // Why @unchecked: as for `MemoryOwner`; the mutable properties here are set in init and changed
  // only in deinit.

  private let blockName: String
  private var mapping: MemoryMapping?
  /// The duty to remove the name, if this process has it.
  private var duty: AtExitUnlink?

  package override var name: String? { blockName }

  private init(
    name: String, byteCount: Int, identity: FileIdentity, access: MappingAccess,
    mapping: consuming MemoryMapping, duty: AtExitUnlink?
  ) {
    blockName = name
    let address = unsafe mapping.address
    self.mapping = consume mapping
    self.duty = duty
    // SAFETY: the object has `byteCount` bytes, all of them mapped.
    unsafe super.init(
      data: address, byteCount: byteCount, mappedAddress: address, identity: identity, access: access,
      isOriginal: false)
  }

  deinit {
    // The name is removed before unmapping: the mapping keeps the object's identity from being
    // reused.
    duty?.fulfil()
    mapping = nil
  }

  package override func unlink() throws(SharedMemoryError) {
    try NameLifecycle.unlink(blockName, only: identity, .block)
  }
}

// MARK: Creating

extension BlockMemory {
  /// Creates a block of zeros. Other processes see the complete block once this has returned.
  static func create(
    _ naming: Segment.Naming, byteCount: Int, lifetime: SegmentLifetime
  ) throws(SharedMemoryError) -> BlockMemory {
    NameLifecycle.sweepIfDue()
    if case .named(let name) = naming {
      let name = try SegmentName.ofBlock(name)
      return try Arena.givingBackIdle { () throws(SharedMemoryError) in
        try publish(name, byteCount: byteCount, lifetime: lifetime)
      }
    }
    return try SegmentName.withFreeName { (name) throws(SharedMemoryError) in
      try publish(name, byteCount: byteCount, lifetime: lifetime)
    }
  }

  private static func publish(
    _ name: String, byteCount: Int, lifetime: SegmentLifetime
  ) throws(SharedMemoryError) -> BlockMemory {
    guard byteCount <= Segment.largestDataByteCount else {
      throw SharedMemoryError(.tooLarge, name: name, detail: "\(byteCount) bytes")
    }
    let draft = try StagedSegment.make(for: name)
    let memory = try NewMemory.reserve(byteCount, of: draft.descriptor, name: name)
    try draft.publish(as: name)
    return BlockMemory(
      name: name, byteCount: byteCount, identity: memory.identity, access: .readWrite,
      mapping: memory.mapping, duty: lifetime == .temporary ? .taken(name, memory.identity) : nil)
  }
}

// MARK: Attaching

extension BlockMemory {
  static func attach(_ name: String, access: MappingAccess) throws(SharedMemoryError) -> BlockMemory {
    let name = try SegmentName.ofBlock(name)
    let opened = try NameLifecycle.open(name, access)
    let status = opened.status
    guard status.linkCount > 0 else { throw SharedMemoryError(.notFound, name: name) }
    guard status.owner == currentUser() else {
      throw SharedMemoryError(.foreignUser, name: name, detail: "user \(status.owner)")
    }
    guard status.byteCount > 0 else {
      throw SharedMemoryError(.tooSmall, name: name, detail: "it has 0 bytes; its creator might not be ready")
    }
    try refuseSegment(opened.descriptor, name, byteCount: status.byteCount)
    let mapping = try translatingErrors(of: name) { () throws(SystemError) in
      try MemoryMapping(
        of: opened.descriptor, byteCount: status.byteCount, access: access,
        alignment: Reservation.alignment(for: status.byteCount))
    }
    return BlockMemory(
      name: name, byteCount: status.byteCount, identity: status.identity, access: access, mapping: mapping,
      duty: nil)
  }

  /// Throws `mismatch` if the object is a segment.
  ///
  /// Raw access to a segment would let a program overwrite its header. A process that attached it
  /// without its lock would be invisible to the other users.
  static func refuseSegment(
    _ descriptor: borrowing OwnedDescriptor, _ name: String, byteCount: Int
  ) throws(SharedMemoryError) {
    let control: ControlPage
    do throws(SharedMemoryError) {
      control = try Segment.readControlPage(of: descriptor, name: name, byteCount: byteCount)
    } catch let error where error.code == .notASegment {
      return
    }
    throw SharedMemoryError(
      .mismatch, name: name, detail: "it holds \(control.kind.text), not a block")
  }
}

extension SegmentName {
  /// Returns the name of a block without the leading slash that POSIX and Python's private `_name`
  /// put before it.
  package static func ofBlock(_ name: String) throws(SharedMemoryError) -> String {
    let bare = name.hasPrefix("/") ? String(name.dropFirst()) : name
    try check(bare)
    return bare
  }
}
