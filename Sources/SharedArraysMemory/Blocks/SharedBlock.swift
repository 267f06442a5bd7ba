internal import SharedArraysSystem

/// A named object of raw bytes in shared memory, exactly as large as requested: the file
/// `/dev/shm/NAME` with nothing before or after the bytes.
///
/// It has the same format as Python's `multiprocessing.shared_memory.SharedMemory`, so either side
/// can attach the other's blocks:
///
///     let block = try SharedBlock.create("table", byteCount: 2048)
///     let values = try SharedArray<Double>(on: block, shape: [256])
///
///     # Python
///     shm = SharedMemory(name="table")
///     values = numpy.ndarray((256,), dtype=float, buffer=shm.buf)
///
/// All copies of the handle, and all arrays on the block, refer to the same bytes. The memory stays
/// mapped until the last of them is released.
///
/// **Lifetime of the name.** A `.persistent` block keeps its name until a process calls `unlink`.
/// The name of a `.temporary` block is removed by the process that created it, when that process
/// releases the last handle or array, or exits. No other process removes the name, neither one that
/// has attached the block nor a forked child that has inherited the handle. Processes that use the
/// block then keep its memory. A block holds only the program's bytes, so a temporary block whose
/// creator was killed cannot be distinguished from one that is in use: its name stays, ``list()``
/// shows it, and ``unlink(_:)`` removes it. Arrays created by `SharedArray.create` are removed even
/// after their creator was killed.
///
/// **Python unlinks a block at exit, even if it has only attached it.** From Python 3.13 on,
/// `SharedMemory(name=…, track=False)` prevents this. In earlier versions, call this after
/// attaching:
///
///     resource_tracker.unregister(shm._name, "shared_memory")
///
/// Caveats: if processes or threads use the same byte while one of them writes it, the program must
/// synchronize them. If another process of the same user truncates the file, every later access to
/// the lost part raises SIGBUS.
public struct SharedBlock: Sendable {
  /// The mapping; nil after this handle has been detached.
  package private(set) var memory: BlockMemory?
  /// The name by which other processes attach the block.
  public let name: String
  private let identity: FileIdentity

  private init(_ memory: BlockMemory, name: String) {
    self.memory = memory
    self.name = name
    self.identity = memory.identity
  }

  private init(_ memory: BlockMemory) { self.init(memory, name: memory.name ?? "") }

  init(attached memory: BlockMemory) { self.init(memory) }

  /// Creates a block of zeros under a new name. Other processes see the complete block once this
  /// has returned.
  ///
  /// - Parameters:
  ///   - name: The name: 1 to 255 bytes without `/` and control characters. A leading slash is
  ///     dropped, since POSIX programs write one. The block is the file `/dev/shm/NAME`, with mode
  ///     0600.
  ///   - byteCount: The size of the file in bytes; it is not rounded.
  ///   - lifetime: The lifetime of the block's name; see ``SharedBlock``.
  /// - Throws: ``SharedMemoryError`` with code `alreadyExists`, `invalidName`, `tooManyOpenFiles`,
  ///   or, with the sizes, `insufficientMemory` if the memory cannot be reserved.
  /// - Precondition: `byteCount` is at least 1.
  /// - Complexity: O(bytes). All memory is reserved here, so that no later store fails.
  public static func create(
    _ name: String, byteCount: Int, lifetime: SegmentLifetime = .temporary
  ) throws(SharedMemoryError) -> SharedBlock {
    try create(.named(name), byteCount: byteCount, lifetime)
  }

  /// Creates a block of zeros under a generated name, which the block's `name` returns.
  ///
  /// - Throws: The same errors as for a given name.
  /// - Precondition: `byteCount` is at least 1.
  public static func create(
    _ generated: GeneratedName, byteCount: Int, lifetime: SegmentLifetime = .temporary
  ) throws(SharedMemoryError) -> SharedBlock {
    try create(.generated, byteCount: byteCount, lifetime)
  }

  private static func create(
    _ naming: Segment.Naming, byteCount: Int, _ lifetime: SegmentLifetime
  ) throws(SharedMemoryError) -> SharedBlock {
    if byteCount < 1 { fatalError("A block needs at least one byte, not \(byteCount).") }
    return SharedBlock(try BlockMemory.create(naming, byteCount: byteCount, lifetime: lifetime))
  }

  /// Maps the block `name`, which a process in any language has created.
  ///
  /// An attached block is not owned: it stays available to other processes whatever happens to this
  /// one. The memory of a block created in another language might not be reserved, in which case a
  /// store raises SIGBUS if `/dev/shm` is full.
  ///
  /// - Throws: ``SharedMemoryError`` with code `notFound`, `invalidName`, `foreignUser`,
  ///   `permissionDenied`, `notARegularFile`, `tooSmall` for an empty file, or `mismatch` for an
  ///   array (use `SharedArray.attach`).
  public static func attach(_ name: String) throws(SharedMemoryError) -> SharedBlock {
    SharedBlock(try BlockMemory.attach(name, access: .readWrite))
  }

  /// Maps the block `name` for reading. The result, and arrays on it, cannot be written.
  ///
  /// - Throws: The same errors as ``attach(_:)``.
  public static func attach(
    _ name: String, access: ReadOnlyAccess
  ) throws(SharedMemoryError) -> ReadOnlySharedBlock {
    ReadOnlySharedBlock(try BlockMemory.attach(name, access: .readOnly))
  }

  /// Removes the name of a block. The memory stays until every process has detached. The name can
  /// be used again at once.
  ///
  /// - Throws: ``SharedMemoryError`` with code `notFound`, `foreignUser`, `notARegularFile`, or
  ///   `mismatch` for an array (use `SharedArray.unlink`).
  public static func unlink(_ name: String) throws(SharedMemoryError) {
    try NameLifecycle.unlink(try SegmentName.ofBlock(name), .block)
  }

  /// Removes this block's name, unless it leads to another block. This also works after
  /// ``detach()``.
  ///
  /// - Throws: `notFound` if the name no longer exists or leads to another block.
  public func unlink() throws(SharedMemoryError) {
    try NameLifecycle.unlink(name, only: identity, .block)
  }

  /// Unmaps the block now, rather than when its last handle is released. In the process that
  /// created it, this also removes the name of a temporary block. The handle has no bytes
  /// afterwards.
  ///
  /// - Throws: ``SharedMemoryError`` with code `inUse` if other handles or arrays still use the
  ///   block; nothing has changed then.
  public mutating func detach() throws(SharedMemoryError) {
    if memory != nil, !isKnownUniquelyReferenced(&memory) {
      throw SharedMemoryError(.inUse, name: name)
    }
    memory = nil
  }

  /// The size of the block in bytes; 0 after this handle has been detached.
  public var byteCount: Int { memory?.byteCount ?? 0 }
}
