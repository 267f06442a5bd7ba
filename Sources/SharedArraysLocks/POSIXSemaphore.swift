public import SharedArraysMemory
internal import SharedArraysSystem

/// A POSIX semaphore, for use together with programs in C and Python.
///
///     let ready = try POSIXSemaphore.create("ready", permits: 0)      // sem_open("/ready", …) elsewhere
///     try ready.wait(timeout: .seconds(5))
///
/// Permits have no owner: those of a process that dies are lost. If all programs use this package,
/// prefer ``SharedSemaphore``, which returns them.
///
/// The corresponding C type is `sem_t`.
public struct POSIXSemaphore: Sendable {
  /// The semaphore's resources. A named semaphore is closed, and the memory of a placed one is
  /// unmapped, with the last handle.
  private enum Kind: Sendable {
    case named(NamedBox)
    case placed(POSIXSemaphoreHandle, MemoryOwner)
  }

  private let kind: Kind

  private final class NamedBox: Sendable {
    let semaphore: NamedSemaphore

    init(_ semaphore: consuming NamedSemaphore) { self.semaphore = semaphore }
  }

  /// Creates a semaphore under a new name. The name stays until ``unlink(_:)``, even if processes
  /// die.
  ///
  /// - Throws: ``SharedMemoryError`` with code `alreadyExists`, `permissionDenied`.
  /// - Precondition: `permits` is in 0...2,147,483,647.
  public static func create(_ name: String, permits: Int) throws(SharedMemoryError) -> POSIXSemaphore {
    check(permits)
    return try named(name) { (name) throws(SystemError) in try NamedSemaphore(creating: name, value: permits)
    }
  }

  /// Opens the semaphore that a program has created under `name`.
  ///
  /// - Throws: ``SharedMemoryError`` with code `notFound`, `permissionDenied`.
  public static func attach(_ name: String) throws(SharedMemoryError) -> POSIXSemaphore {
    try named(name) { (name) throws(SystemError) in try NamedSemaphore(opening: name) }
  }

  private static func named(
    _ name: String, _ open: (String) throws(SystemError) -> NamedSemaphore
  ) throws(SharedMemoryError) -> POSIXSemaphore {
    let bare = try SegmentName.ofBlock(name)
    do throws(SystemError) { return POSIXSemaphore(kind: .named(NamedBox(try open(bare)))) } catch {
      throw SharedMemoryError(error, name: name)
    }
  }

  /// Removes a name. Programs that have opened the semaphore can continue to use it.
  ///
  /// - Throws: ``SharedMemoryError`` with code `notFound`.
  public static func unlink(_ name: String) throws(SharedMemoryError) {
    let bare = try SegmentName.ofBlock(name)
    do throws(SystemError) { try NamedSemaphore.unlink(bare) } catch {
      throw SharedMemoryError(error, name: name)
    }
  }

  /// Creates a semaphore in a block, as `sem_init` does. It is a plain `sem_t`, at a multiple of 64
  /// bytes.
  ///
  /// - Throws: ``SharedMemoryError`` with code `tooSmall`, `misaligned`.
  /// - Precondition: `permits` is in 0...2,147,483,647.
  public init(on block: SharedBlock, byteOffset: Int = 0, permits: Int) throws(SharedMemoryError) {
    Self.check(permits)
    let (memory, address) = try unsafe Self.place(block, byteOffset)
    do throws(SystemError) {
      kind = .placed(try unsafe POSIXSemaphoreHandle(creatingAt: address, value: permits), memory)
    } catch { throw SharedMemoryError(error, name: block.name) }
  }

  /// Attaches the semaphore that a program has created in a block. The contents of the memory are
  /// not checked.
  ///
  /// - Throws: ``SharedMemoryError`` with code `tooSmall`, `misaligned`.
  public init(attachedTo block: SharedBlock, byteOffset: Int = 0) throws(SharedMemoryError) {
    let (memory, address) = try unsafe Self.place(block, byteOffset)
    kind = .placed(unsafe POSIXSemaphoreHandle(at: address), memory)
  }

  private init(kind: Kind) { self.kind = kind }

  private static func check(_ permits: Int) {
    if permits < 0 || permits > Int32.max {
      fatalError("A POSIX semaphore can have 0 to 2,147,483,647 permits, not \(permits).")
    }
  }

  private static func place(
    _ block: SharedBlock, _ offset: Int
  ) throws(SharedMemoryError) -> (MemoryOwner, UnsafeMutableRawPointer) {
    guard let memory = block.memory else { fatalError("The block \(block.name) has been detached.") }
    try SharedObjectMemory.check(memory, offset, byteCount: POSIXSemaphoreHandle.byteCount)
    // SAFETY: the check above has found that a semaphore fits in the memory at this aligned offset.
    // The caller keeps `memory`, and with it the mapping, for as long as it uses the address.
    return unsafe (memory, memory.data + offset)
  }

  // MARK: Permits

  /// Takes a permit. Waits until one is free.
  ///
  /// - Parameter timeout: The maximum time to wait; 0 or less means a single attempt, nil means no
  ///   limit.
  /// - Throws: ``LockError`` with code `timedOut`. The corresponding C function is `sem_clockwait`.
  public func wait(timeout: Duration? = nil) throws(LockError) {
    let deadline = Deadline(after: timeout)
    let isTaken: Bool
    do throws(SystemError) {
      isTaken =
        switch kind {
        case .named(let box): try box.semaphore.wait(until: deadline)
        case .placed(let semaphore, _): try semaphore.wait(until: deadline)
        }
    } catch { throw LockError(.corrupt, "POSIX semaphore", error.description) }
    if !isTaken { throw LockError(.timedOut, "POSIX semaphore") }
  }

  /// Adds a permit.
  ///
  /// - Throws: ``LockError`` with code `overRelease` at 2,147,483,647. The corresponding C function
  ///   is `sem_post`.
  public func post() throws(LockError) {
    do throws(SystemError) {
      switch kind {
      case .named(let box): try box.semaphore.post()
      case .placed(let semaphore, _): try semaphore.post()
      }
    } catch {
      throw LockError(
        error.code == ErrorCode.overflow ? .overRelease : .corrupt, "POSIX semaphore", error.description)
    }
  }

  /// The current number of permits. The corresponding C function is `sem_getvalue`.
  public var permits: Int {
    switch kind {
    case .named(let box): box.semaphore.value
    case .placed(let semaphore, _): semaphore.value
    }
  }
}
