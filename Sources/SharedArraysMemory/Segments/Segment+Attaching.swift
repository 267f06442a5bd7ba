package import SharedArraysSystem

extension Segment {
  /// A mapped segment that this or another process created, with a copy of its header.
  package struct Attached {
    package let segment: Segment
    /// The start of the header as it was when the segment was attached; the rest is padding.
    ///
    /// The copy is checked once, and the header in shared memory is never read again, because
    /// another process could change it after the check.
    package let header: [UInt8]
  }

  /// Maps the existing segment `name`.
  ///
  /// - Parameter kind: The kind of contents that the segment must have, or nil for any kind, which
  ///   the caller then checks.
  /// - Throws: `notFound`, `notASegment`, `foreignUser`, `permissionDenied`, `mismatch` for a
  ///   segment of another kind, and the codes of system limits.
  /// - Complexity: About ten system calls, independent of the size.
  package static func attach(
    _ name: String, kind: SegmentKind? = .array, access: MappingAccess
  ) throws(SharedMemoryError) -> Attached {
    try SegmentName.check(name)
    let held = try NameLifecycle.openHolding(name, access)
    let status = held.status
    guard status.owner == currentUser() else {
      throw SharedMemoryError(.foreignUser, name: name, detail: "user \(status.owner)")
    }
    let control = try readControlPage(of: held.descriptor, name: name, byteCount: status.byteCount)
    if let kind { try require(kind, control, name) }
    let header = try readHeader(of: held.descriptor, name: name, control)
    let mapping = try translatingErrors(of: name) { () throws(SystemError) in
      try MemoryMapping(
        of: held.descriptor, byteCount: status.byteCount, access: access,
        alignment: Reservation.alignment(for: status.byteCount))
    }
    let segment = Segment(
      name: name, control: control, access: access, identity: status.identity, hugePageByteCount: nil,
      mapping: mapping)
    return Attached(segment: segment, header: header)
  }

  /// Copies the header and data of a segment that may belong to any user. Copying is the only safe
  /// way to read memory that another user can shrink.
  ///
  /// - Throws: `truncated` if the segment shrinks during the copy; the errors of
  ///   ``attach(_:kind:access:)``, except `foreignUser`; the errors of `destination`.
  package static func loadCopy<Owner: MemoryOwner>(
    of name: String,
    into destination: (_ header: [UInt8], _ byteCount: Int) throws(SharedMemoryError) -> Owner
  ) throws(SharedMemoryError) -> Owner {
    try SegmentName.check(name)
    let (copy, status, lifetime) = try copyHolding(name, into: destination)
    // The last user might have detached during the copy while this process held the lock, and left
    // the name for this process to remove.
    if lifetime == .temporary, status.owner == currentUser() {
      NameLifecycle.detached(name, from: status.identity)
    }
    return copy
  }

  private static func copyHolding<Owner: MemoryOwner>(
    _ name: String,
    into destination: (_ header: [UInt8], _ byteCount: Int) throws(SharedMemoryError) -> Owner
  ) throws(SharedMemoryError) -> (Owner, FileStatus, SegmentLifetime) {
    let held = try NameLifecycle.openHolding(name, .readOnly)
    let control = try readControlPage(of: held.descriptor, name: name, byteCount: held.status.byteCount)
    try require(.array, control, name)
    let header = try readHeader(of: held.descriptor, name: name, control)
    let copy = try destination(header, control.dataByteCount)
    let wanted = min(control.dataByteCount, copy.byteCount)
    let read = try translatingErrors(of: name) { () throws(SystemError) in
      // SAFETY: the new memory belongs to this call and has at least `wanted` bytes of data.
      try unsafe held.descriptor.read(
        into: UnsafeMutableRawBufferPointer(start: copy.data, count: wanted), at: control.dataOffset)
    }
    guard read == wanted else {
      throw SharedMemoryError(.truncated, name: name, detail: "\(read) of \(wanted) bytes of data")
    }
    return (copy, held.status, control.lifetime)
  }

  private static func require(
    _ kind: SegmentKind, _ control: ControlPage, _ name: String
  ) throws(SharedMemoryError) {
    if control.kind != kind {
      throw SharedMemoryError(
        .mismatch, name: name, detail: "it holds \(control.kind.text), not \(kind.text)")
    }
  }

  static func readControlPage(
    of descriptor: borrowing OwnedDescriptor, name: String?, byteCount: Int
  ) throws(SharedMemoryError) -> ControlPage {
    let sizes = segmentByteCount(forData: 0)...segmentByteCount(forData: largestDataByteCount)
    guard sizes.contains(byteCount), byteCount % pageSize == 0 else {
      throw SharedMemoryError(.notASegment, name: name, detail: "it has \(byteCount) bytes")
    }
    var words = InlineArray<8, UInt64>(repeating: 0)
    let read = try translatingErrors(of: name) { () throws(SystemError) in
      // SAFETY: the read fills the array's 64 bytes from the start, and any bytes are valid words.
      try unsafe withUnsafeMutableBytes(of: &words) { bytes throws(SystemError) in
        try unsafe descriptor.read(into: bytes, at: byteCount - ControlPage.byteCount)
      }
    }
    guard read == MemoryLayout.size(ofValue: words),
      let control = ControlPage(words, segmentByteCount: byteCount)
    else { throw SharedMemoryError(.notASegment, name: name) }
    return control
  }

  static func readHeader(
    of descriptor: borrowing OwnedDescriptor, name: String, _ control: ControlPage
  ) throws(SharedMemoryError) -> [UInt8] {
    guard control.dataOffset == headerByteCount else {
      throw SharedMemoryError(.notASegment, name: name)
    }
    var header: [UInt8] = []
    try translatingErrors(of: name) { () throws(SystemError) in
      // SAFETY: `read` writes only to the buffer, and `count` is the number of bytes that it wrote.
      header = try unsafe [UInt8](unsafeUninitializedCapacity: writtenHeaderByteCount) {
        buffer, count throws(SystemError) in
        count = try unsafe descriptor.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
      }
    }
    guard header.count == writtenHeaderByteCount else {
      throw SharedMemoryError(.truncated, name: name, detail: "\(header.count) bytes of header")
    }
    return header
  }
}

extension Segment {
  /// Maps a file on disk. The caller has checked that the data lies within the file.
  package static func map(
    _ file: borrowing OwnedDescriptor, dataOffset: Int, dataByteCount: Int, access: MappingAccess
  ) throws(SharedMemoryError) -> Segment {
    let control = ControlPage(
      kind: .array, generation: 0, lifetime: .persistent, dataOffset: dataOffset, dataByteCount: dataByteCount
    )
    let identity = try translatingErrors(of: nil) { () throws(SystemError) in try file.status().identity }
    let mapping = try translatingErrors(of: nil) { () throws(SystemError) in
      try MemoryMapping(of: file, byteCount: dataOffset + dataByteCount, access: access)
    }
    return Segment(
      name: nil, control: control, access: access, identity: identity, hugePageByteCount: nil,
      mapping: mapping)
  }
}
