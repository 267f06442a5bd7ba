internal import SharedArraysSystem

/// A shared memory object that this process has mapped.
///
/// Layout: a header (a `.npy` header, padded to a page), the data, and one control page at the end.
/// A segment is detached when its last reference is released.
///
/// Crash safety: the kernel drops the mapping of a killed process, and with it the shared `flock`
/// that the mapping's open file description holds. `NameLifecycle.sweep` removes the name of a
/// temporary segment that no process holds any more.
@usableFromInline
@safe package final class Segment: MemoryOwner, @unchecked Sendable {
  // Why @unchecked: all stored properties are set once, in init; only deinit clears `mapping`.

  private let ownName: String?
  package let control: ControlPage
  private let ownHugePageByteCount: Int?
  private var mapping: MemoryMapping?
  /// The memory of an unnamed segment, which has no `mapping` of its own.
  let anonymous: AnonymousObject?
  /// The value of `ForkCounters.endedCount` when the segment was created.
  private let forkCount = ForkCounters.endedCount

  /// Creates a segment without a name in `object`, which is new or was used by an earlier array.
  init(control: ControlPage, object: AnonymousObject) {
    ownName = nil
    self.control = control
    ownHugePageByteCount = object.hugePageByteCount
    anonymous = object
    // SAFETY: the object has room for the data and for the header and control pages around it.
    let address = unsafe object.mapping.address
    unsafe super.init(
      data: address + control.dataOffset, byteCount: control.dataByteCount, mappedAddress: address,
      identity: object.identity, access: .readWrite, isOriginal: true)
  }

  init(
    name: String?, control: ControlPage, access: MappingAccess, identity: FileIdentity,
    hugePageByteCount: Int?, mapping: consuming MemoryMapping
  ) {
    anonymous = nil
    self.ownName = name
    self.control = control
    self.ownHugePageByteCount = hugePageByteCount
    // SAFETY: the caller has checked that the data lies within the mapping.
    let (address, data) = unsafe (mapping.address, mapping.address + control.dataOffset)
    if let name, control.lifetime == .temporary { TemporarySegments.add(name, identity, mapping, access) }
    self.mapping = consume mapping
    unsafe super.init(
      data: data, byteCount: control.dataByteCount, mappedAddress: address, identity: identity,
      access: access,
      isOriginal: false)
  }

  deinit {
    // A child that was forked since then still maps the memory, and could write to the next array
    // in it.
    let isOnlyHere = forkCount == ForkCounters.begunCount && anonymous?.generation == ForkCounters.generation
    if let anonymous, isOnlyHere, !anonymous.isSent {
      Arena.keep(anonymous)
    }
    guard let name = ownName, control.lifetime == .temporary else { return }
    unsafe TemporarySegments.remove(mappedAddress)
    mapping = nil
    NameLifecycle.detached(name, from: identity)
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

  /// The maximum number of bytes of a header before its padding: eight extents of 19 digits take
  /// 235 bytes.
  package static let writtenHeaderByteCount = 256

  /// The maximum size of the data of a segment. It keeps offsets and rounded sizes within `Int`.
  package static let largestDataByteCount = Int.max / 2

  static func segmentByteCount(forData byteCount: Int) -> Int {
    headerByteCount + roundUp(byteCount, to: pageSize) + ControlPage.byteCount
  }
}
