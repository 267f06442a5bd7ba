internal import SystemLayer

/// One shared memory object that this process has mapped.
///
/// Layout: a header (a `.npy` header, padded to a page), the data, and one control page at the end. A segment
/// is detached when the last reference to it goes away.
///
/// Surviving death: the kernel drops the mapping of a killed process, and with it the shared `flock` that the
/// mapping's open file description holds. The name of a temporary segment that nobody holds any more is
/// removed by `NameLifecycle.sweep`.
@usableFromInline
@safe package final class Segment: MemoryOwner, @unchecked Sendable {
  // Why @unchecked: all stored properties are set once, in init; `mapping` is taken away in deinit alone.

  private let ownName: String?
  package let control: ControlPage
  private let ownHugePageByteCount: Int?
  private var mapping: MemoryMapping?
  /// Unnamed segments keep their descriptor: without a name it is the only way to hand them on.
  private let descriptor: OwnedDescriptor?

  init(
    name: String?, control: ControlPage, access: MappingAccess, identity: FileIdentity,
    hugePageByteCount: Int?, mapping: consuming MemoryMapping, descriptor: consuming OwnedDescriptor?
  ) {
    self.ownName = name
    self.control = control
    self.ownHugePageByteCount = hugePageByteCount
    // SAFETY: whoever calls has checked that the data lies within the mapping.
    let (address, data) = unsafe (mapping.address, mapping.address + control.dataOffset)
    self.mapping = consume mapping
    self.descriptor = consume descriptor
    unsafe super.init(
      data: data, byteCount: control.dataByteCount, mappedAddress: address, identity: identity, access: access
    )
  }

  deinit {
    mapping = nil
    if let name = ownName, control.lifetime == .temporary { NameLifecycle.detached(name, from: identity) }
  }

  package override var name: String? { ownName }

  package override var hugePageByteCount: Int? { ownHugePageByteCount }

  package override func unlink() throws(SharedMemoryError) {
    guard let ownName else { return try super.unlink() }
    try NameLifecycle.unlink(ownName, only: identity)
  }

  package override func flush() throws(SharedMemoryError) {
    try translatingErrors(of: name) { () throws(SystemError) in try mapping?.synchronize() }
  }

  package static let headerByteCount = pageSize

  /// How much of a header is more than padding, at most: eight extents of 19 digits make 235 bytes.
  package static let writtenHeaderByteCount = 256

  /// The most data a segment can have: offsets and rounding must stay within `Int`.
  package static let largestDataByteCount = Int.max / 2

  static func segmentByteCount(forData byteCount: Int) -> Int {
    headerByteCount + roundUp(byteCount, to: pageSize) + ControlPage.byteCount
  }
}
