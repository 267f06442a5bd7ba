package import SharedArraysSystem

extension Segment {
  /// The properties of a named segment that can be read without attaching it.
  package struct Inspection: Sendable {
    package let info: SegmentInfo
    package let status: FileStatus
    /// The header as it was when it was read.
    package let header: [UInt8]
  }

  /// Inspects the segment `name` of any owner, without taking its lock.
  ///
  /// - Throws: `notFound`, `notASegment`, `notARegularFile`, `permissionDenied`.
  /// - Complexity: About five system calls.
  package static func inspect(_ name: String) throws(SharedMemoryError) -> Inspection {
    try SegmentName.check(name)
    try NameLifecycle.requireRegularFile(name)
    let opened = try NameLifecycle.open(name, .readOnly)
    let control = try readControlPage(of: opened.descriptor, name: name, byteCount: opened.status.byteCount)
    let header = try readHeader(of: opened.descriptor, name: name, control)
    return Inspection(
      info: SegmentInfo(name: name, status: opened.status, control: control), status: opened.status,
      header: header)
  }

  package static func list() throws(SharedMemoryError) -> [SegmentInfo] {
    try listInspections().map(\.info)
  }

  /// Sweeps /dev/shm and returns the named segments of this user, sorted by name.
  package static func listInspections() throws(SharedMemoryError) -> [Inspection] {
    var segments: [Inspection] = []
    for name in try NameLifecycle.sweep().sorted() {
      if let found = try ownInspection(name) { segments.append(found) }
    }
    return segments
  }

  /// Inspects the segment, or returns nil if the name does not lead to a segment of this user.
  private static func ownInspection(_ name: String) throws(SharedMemoryError) -> Inspection? {
    do throws(SharedMemoryError) {
      let found = try inspect(name)
      return found.status.owner == currentUser() ? found : nil
    } catch {
      if error.saysThereIsNoSegment { return nil }
      throw error
    }
  }

  /// Removes the name of a segment, even if it is in use. The memory stays until every process has
  /// detached.
  ///
  /// - Throws: `notFound`; `notASegment` for an object that this package did not create.
  package static func unlink(_ name: String) throws(SharedMemoryError) {
    try SegmentName.check(name)
    try NameLifecycle.unlink(name)
  }

  /// Removes the name of any regular file in /dev/shm, no matter which program created or uses it,
  /// by the same protocol.
  ///
  /// - Throws: `notFound`, `notARegularFile`, `permissionDenied`.
  package static func unlinkAnyFile(_ name: String) throws(SharedMemoryError) {
    try SegmentName.checkLeadsNowhereElse(name)
    try NameLifecycle.unlink(name, .anyRegularFile)
  }
}

extension SharedMemoryError {
  /// Whether the name leads to no segment that this user could attach.
  // Out of line: if this is inlined into its caller, the optimizer of Swift 6.3 fails an assertion.
  @inline(never)
  fileprivate var saysThereIsNoSegment: Bool {
    [.notFound, .notASegment, .notARegularFile, .invalidName, .truncated].contains(code)
      || underlying?.code == ErrorCode.accessDenied
  }
}
