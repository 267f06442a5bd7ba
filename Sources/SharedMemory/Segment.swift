package import SystemLayer

/// One shared memory object that this process has mapped.
///
/// Layout: a header (a `.npy` header, padded to a page), the data, and one control page at the end. A segment
/// is detached when the last reference to it goes away.
///
/// Surviving death: the kernel drops the mapping of a killed process, and with it the shared `flock` that the
/// mapping's open file description holds. The name of a temporary segment that nobody holds any more is
/// removed by `NameLifecycle.sweep`.
@usableFromInline
@safe package final class Segment: @unchecked Sendable {
  // Why @unchecked: all stored properties are set once, in init; `mapping` is taken away in deinit alone. The
  // mapped bytes are shared with other processes anyway, so what they hold is the business of those who write
  // them.

  /// The name in /dev/shm; nil for an unnamed segment and for a mapped file.
  package let name: String?
  package let control: ControlPage
  package let access: MappingAccess
  /// Where the data begins.
  package let data: UnsafeMutableRawPointer
  /// Bytes from the start that lie in huge pages; nil for a segment that this process did not create.
  package let hugePageByteCount: Int?
  package let identity: FileIdentity
  private var mapping: MemoryMapping?
  /// Unnamed segments keep their descriptor: without a name it is the only way to hand them on.
  private let descriptor: OwnedDescriptor?

  init(
    name: String?, control: ControlPage, access: MappingAccess, identity: FileIdentity,
    hugePageByteCount: Int?, mapping: consuming MemoryMapping, descriptor: consuming OwnedDescriptor?
  ) {
    self.name = name
    self.control = control
    self.access = access
    self.identity = identity
    self.hugePageByteCount = hugePageByteCount
    // SAFETY: whoever calls has checked that the data lies within the mapping.
    unsafe self.data = mapping.address + control.dataOffset
    self.mapping = consume mapping
    self.descriptor = consume descriptor
  }

  deinit {
    mapping = nil
    if let name, control.lifetime == .temporary { NameLifecycle.detached(name, from: identity) }
  }

  /// Removes the name; the memory stays until every process has detached.
  ///
  /// - Throws: `notFound` if the name is gone or leads to another segment by now.
  package func unlink() throws(SharedMemoryError) {
    guard let name else {
      throw SharedMemoryError(.notFound, detail: "an unnamed segment has no name to remove")
    }
    try NameLifecycle.unlink(name, only: identity)
  }

  /// Writes a mapped file's changes to its storage.
  package func flush() throws(SharedMemoryError) {
    try translatingErrors(of: name) { () throws(SystemError) in try mapping?.synchronize() }
  }

  package static let headerByteCount = pageSize

  /// The most data a segment can have: offsets and rounding must stay within `Int`.
  package static let largestDataByteCount = Int.max / 2

  static func segmentByteCount(forData byteCount: Int) -> Int {
    headerByteCount + roundUp(byteCount, to: pageSize) + ControlPage.byteCount
  }
}
