internal import SharedArraysSystem

/// Raw bytes in shared memory, exactly as many as asked for, that other programs find by name: the file
/// `/dev/shm/NAME` with nothing before or after the bytes.
///
/// It is what Python's `multiprocessing.shared_memory.SharedMemory` makes, so either attaches to the other's:
///
///     let block = try SharedBlock.create("table", byteCount: 2048)
///     let values = try SharedArray<Double>(on: block, shape: [256])
///
///     # Python
///     shm = SharedMemory(name="table")
///     values = numpy.ndarray((256,), dtype=float, buffer=shm.buf)
///
/// Copies of the handle, and arrays on the block, mean the same bytes; the memory stays mapped until the last
/// of them goes away.
///
/// **When the name goes.** A `.persistent` block keeps it until somebody calls `unlink`. That of a `.temporary`
/// block is removed by the process that created it, when the last handle or array there goes away or the
/// process exits. No other process removes it: neither one that has attached it nor a forked child that has
/// inherited the handle. Those that use the block then keep its memory. Since a block holds nothing but the
/// program's bytes, nobody can tell a temporary one whose creator was killed from one that is wanted: its name
/// stays, ``list()`` shows it, and ``unlink(_:)`` removes it. Arrays made by `SharedArray.create` are removed
/// even then.
///
/// **Python unlinks, when it exits, a block that it has only attached.** From Python 3.13 on,
/// `SharedMemory(name=…, track=False)` leaves it alone; before that, call this after attaching:
///
///     resource_tracker.unregister(shm._name, "shared_memory")
///
/// Caveats: two processes, or threads, that use the same byte while one of them writes it must agree on an
/// order themselves. A process of the same user that makes the file shorter makes every later access to the
/// lost part SIGBUS.
public struct SharedBlock: Sendable {
  /// Nil once this handle has been detached.
  package private(set) var memory: BlockMemory?
  /// The name other processes attach it by.
  public let name: String
  private let identity: FileIdentity

  private init(_ memory: BlockMemory, name: String) {
    self.memory = memory
    self.name = name
    self.identity = memory.identity
  }

  private init(_ memory: BlockMemory) { self.init(memory, name: memory.name ?? "") }

  init(attached memory: BlockMemory) { self.init(memory) }

  /// Creates a block of zeros under a new name. Other processes see it, whole, once this has returned.
  ///
  /// - Parameters:
  ///   - name: 1 to 255 bytes without `/` and control characters; a slash at the start is dropped, as POSIX
  ///     programs write one. The block is the file `/dev/shm/NAME`, with mode 0600.
  ///   - byteCount: the size of the file, not rounded.
  ///   - lifetime: when the name goes; see ``SharedBlock``.
  /// - Throws: ``SharedMemoryError`` with code `alreadyExists`, `invalidName`, `insufficientSpace` with the
  ///   sizes if its memory cannot be reserved, `tooManyOpenFiles`.
  /// - Precondition: `byteCount` is at least 1.
  /// - Complexity: O(bytes): all memory is reserved here, so that no later store fails.
  public static func create(
    _ name: String, byteCount: Int, lifetime: SegmentLifetime = .temporary
  ) throws(SharedMemoryError) -> SharedBlock {
    try create(.named(name), byteCount: byteCount, lifetime)
  }

  /// Creates a block of zeros under a free name, which `name` tells.
  ///
  /// - Throws: as for a given name.
  /// - Precondition: `byteCount` is at least 1.
  public static func create(
    _ generated: GeneratedName, byteCount: Int, lifetime: SegmentLifetime = .temporary
  ) throws(SharedMemoryError) -> SharedBlock {
    try create(.generated, byteCount: byteCount, lifetime)
  }

  private static func create(
    _ naming: Segment.Naming, byteCount: Int, _ lifetime: SegmentLifetime
  ) throws(SharedMemoryError) -> SharedBlock {
    if byteCount < 1 { fatalError("A block has at least one byte, not \(byteCount).") }
    return SharedBlock(try BlockMemory.create(naming, byteCount: byteCount, lifetime: lifetime))
  }

  /// Maps the block that some process, in whatever language, has created under `name`.
  ///
  /// Attaching owns nothing: whatever happens to this process, the block stays for the others. Memory of a
  /// block that another language made may not be reserved: a store is SIGBUS then if `/dev/shm` is full.
  ///
  /// - Throws: ``SharedMemoryError`` with code `notFound`, `invalidName`, `foreignOwner`, `permissionDenied`,
  ///   `notARegularFile`, `tooSmall` for an empty file, `mismatch` for an array, which
  ///   `SharedArray.attach` takes.
  public static func attach(_ name: String) throws(SharedMemoryError) -> SharedBlock {
    SharedBlock(try BlockMemory.attach(name, access: .readWrite))
  }

  /// Maps the block `name` for reading: the result, and arrays on it, have no way to write.
  ///
  /// - Throws: as ``attach(_:)``.
  public static func attach(
    _ name: String, access: ReadOnlyAccess
  ) throws(SharedMemoryError) -> ReadOnlySharedBlock {
    ReadOnlySharedBlock(try BlockMemory.attach(name, access: .readOnly))
  }

  /// Removes a name. The memory stays until every process that has it has detached; the name can be used
  /// again at once.
  ///
  /// - Throws: ``SharedMemoryError`` with code `notFound`, `foreignOwner`, `notARegularFile`, or `mismatch`
  ///   for an array, which `SharedArray.unlink` takes.
  public static func unlink(_ name: String) throws(SharedMemoryError) {
    try NameLifecycle.unlink(try SegmentName.ofBlock(name), .block)
  }

  /// Removes this block's name, unless another block has it by now. It works after ``detach()``, too.
  ///
  /// - Throws: `notFound` if the name is gone already.
  public func unlink() throws(SharedMemoryError) {
    try NameLifecycle.unlink(name, only: identity, .block)
  }

  /// Unmaps the block now, rather than when its last handle goes away; in the process that created it, that
  /// removes the name of a temporary one. The handle has no bytes afterwards.
  ///
  /// - Throws: ``SharedMemoryError`` with code `inUse` if other handles or arrays on the block are still
  ///   there; nothing has changed then.
  public mutating func detach() throws(SharedMemoryError) {
    if memory != nil, !isKnownUniquelyReferenced(&memory) {
      throw SharedMemoryError(.inUse, name: name)
    }
    memory = nil
  }

  /// Bytes of the block; 0 once this handle has been detached.
  public var byteCount: Int { memory?.byteCount ?? 0 }
}

/// Raw bytes in shared memory that this process can only read; ``SharedBlock/attach(_:access:)`` makes one.
public struct ReadOnlySharedBlock: Sendable {
  package let memory: BlockMemory

  init(_ memory: BlockMemory) { self.memory = memory }

  /// The name other processes attach it by.
  public var name: String { memory.name ?? "" }

  /// Bytes of the block.
  public var byteCount: Int { memory.byteCount }
}
