package import SharedArraysSystem

extension Segment {
  /// What can be known of a named segment without attaching it.
  package struct Inspection: Sendable {
    package let info: SegmentInfo
    package let status: FileStatus
    /// The header as it was at this moment.
    package let header: [UInt8]
  }

  /// Looks at the segment `name`, whoever it belongs to, without holding it.
  ///
  /// - Throws: `notFound`, `notASegment`, `notARegularFile`, `permissionDenied`.
  /// - Complexity: about five system calls.
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

  /// The named segments of this user, by name, after a sweep.
  package static func listInspections() throws(SharedMemoryError) -> [Inspection] {
    var segments: [Inspection] = []
    for name in try NameLifecycle.sweep().sorted() {
      if let found = try ownInspection(name) { segments.append(found) }
    }
    return segments
  }

  /// Nil if the name does not lead to a segment of this user.
  private static func ownInspection(_ name: String) throws(SharedMemoryError) -> Inspection? {
    do throws(SharedMemoryError) {
      let found = try inspect(name)
      return found.status.owner == currentUser() ? found : nil
    } catch {
      if error.saysThereIsNoSegment { return nil }
      throw error
    }
  }

  /// Removes the name of a segment, whoever uses it; the memory stays until every process has detached.
  ///
  /// - Throws: `notFound`; `notASegment` for an object that this package has not made.
  package static func unlink(_ name: String) throws(SharedMemoryError) {
    try SegmentName.check(name)
    try NameLifecycle.unlink(name)
  }

  /// Removes the name of any regular file in /dev/shm, whoever has made or uses it, by the same protocol.
  ///
  /// - Throws: `notFound`, `notARegularFile`, `permissionDenied`.
  package static func unlinkAnyFile(_ name: String) throws(SharedMemoryError) {
    try SegmentName.checkLeadsNowhereElse(name)
    try NameLifecycle.unlink(name, .anyRegularFile)
  }
}

extension SharedMemoryError {
  /// Whether the name leads to nothing that this user could attach.
  // Out of line: inlined into its caller, the optimiser of Swift 6.3 ends in an assertion of its own.
  @inline(never)
  fileprivate var saysThereIsNoSegment: Bool {
    [.notFound, .notASegment, .notARegularFile, .invalidName, .truncated].contains(code)
      || underlying?.code == ErrorCode.accessDenied
  }
}
