internal import SharedArraysSystem
internal import Synchronization

/// The memory that a pool shares with its workers.
///
///     offset  part
///          0  a bit for each job with chunks to claim; where the search for a place starts
///        128  whether the pool is closing; whether the manager has been called; whether jobs wait
///             for a place; the number of workers the pool is set to have; the core of a caller
///        256  the names of functions by number: the offset and length of each
///      16640  the recent average time of a task of each function, in sixteenths of nanoseconds
///      20480  64 jobs of 2048 bytes
///     151552  257 workers of 1024 bytes, the last of which is the parent
///     417792  inputs, results and states of chunks, in memory that the parent allocates
///
/// All of its addresses are reserved at the start, and pages are allocated as they are needed, so
/// the memory can grow without another message to the workers.
///
/// Crash safety: no lock protects this memory. The state of a chunk includes its claimant, so one
/// compare-exchange both claims a chunk and records the claimant. A worker killed at any
/// instruction leaves at most one claimed chunk, which its own record names; another worker asleep
/// although its state says that it was woken; and a job that was handed to it and not offered to
/// other workers. The parent repairs all three after the worker's end. The memory is freed with the
/// last process that maps it.
@safe final class PoolRegion: @unchecked Sendable {
  // Why @unchecked: the mapping is set once. Words in it are atomic, and other bytes belong to one
  // process at a time.

  static let mostWorkers = 256
  /// The parent's number among the workers, for chunks that it settles itself.
  static let parent = 256
  static let mostJobs = 64
  static let mostFunctions = 896
  static let functions = 256
  static let costs = 16_640
  static let jobs = 20_480
  static let jobByteCount = 2048
  static let workers = 151_552
  static let workerByteCount = 1024
  static let data = 417_792

  let descriptor: OwnedDescriptor
  let base: UnsafeMutableRawPointer
  private let mapping: MemoryMapping
  var byteCount: Int { mapping.byteCount }

  /// Creates the memory of a pool.
  init() throws(SystemError) {
    descriptor = try OwnedDescriptor.anonymousMemory(label: "sharedarrays-pool")
    try descriptor.reserve(0..<Self.data)
    let size = Self.usableByteCount(descriptor)
    mapping = try MemoryMapping(of: descriptor, byteCount: size, access: .readWrite)
    unsafe base = mapping.address
  }

  /// Returns the number of bytes of address space that a pool reserves. If address space is
  /// limited, this is a quarter of what can be mapped: forked workers have inherited this mapping
  /// and need one of their own, and the program needs some, too.
  private static func usableByteCount(_ descriptor: borrowing OwnedDescriptor) -> Int {
    let (least, most) = (1 << 26, 1 << 36)
    var size = most
    while size > least {
      do throws(SystemError) {
        _ = try MemoryMapping(of: descriptor, byteCount: size, access: .readWrite)
        return size == most ? most : max(least, size / 4)
      } catch { size /= 2 }
    }
    return least
  }

  /// Maps the memory of a pool in a worker.
  init(_ descriptor: consuming OwnedDescriptor, byteCount: Int) throws(SystemError) {
    mapping = try MemoryMapping(of: descriptor, byteCount: byteCount, access: .readWrite)
    unsafe base = mapping.address
    self.descriptor = descriptor
  }

  func word<Value: AtomicRepresentable>(
    _ offset: Int, _: Value.Type = Value.self
  ) -> UnsafeMutablePointer<Atomic<Value>> {
    // SAFETY: offsets are those of the layout, aligned, and each used with one type only. Zero is a
    // valid value.
    unsafe base.sharedWord(at: offset)
  }

  // MARK: The pool's words

  var active: UnsafeMutablePointer<Atomic<UInt64>> { unsafe word(0) }
  var isClosing: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(128) }
  var isCalled: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(132) }
  var hasPending: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(136) }
  var workerCount: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(140) }
  private var used: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(144) }
  /// The last core of a caller that had workers woken or had slept: a ``CallerPlace``. It is a hint
  /// that affects only the placement of workers.
  var callerPlace: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(148) }
  /// The place where the search for the next job's place starts. A process that reads or writes it
  /// also accesses `active` at that moment.
  var nextPlace: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(8) }

  /// One more than the highest number that a worker has had.
  var usedWorkers: Int {
    get { Int(unsafe used.pointee.load(ordering: .acquiring)) }
    set { unsafe used.pointee.store(UInt32(newValue), ordering: .sequentiallyConsistent) }
  }

  // MARK: Functions

  func functionName(_ number: Int) -> String? {
    let place = unsafe base + Self.functions + number * 16
    let offset = unsafe place.load(as: Int.self)
    let count = unsafe place.load(fromByteOffset: 8, as: Int.self)
    guard offset >= Self.data, count > 0 else { return nil }
    return unsafe String(decoding: UnsafeRawBufferPointer(start: base + offset, count: count), as: UTF8.self)
  }

  /// Returns the recent average time of a task of a function; nil if no task has been measured.
  func cost(of number: Int) -> Duration? {
    let cost = unsafe self.cost(number).pointee.load(ordering: .relaxed)
    return cost == 0 ? nil : .nanoseconds(Int64(cost) / 16 + 1)
  }

  /// Updates the average time of a task of a function. Concurrent updates by several workers might
  /// be lost.
  func note(_ nanoseconds: Int64, of count: Int, _ number: Int) {
    let own = UInt32(clamping: max(1, nanoseconds &* 16 / Int64(count)))
    let known = unsafe cost(number).pointee.load(ordering: .relaxed)
    unsafe cost(number).pointee.store(known == 0 ? own : known / 4 * 3 + own / 4 + 1, ordering: .relaxed)
  }

  private func cost(_ number: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    unsafe word(Self.costs + number * 4)
  }

  func setFunction(_ number: Int, at offset: Int, count: Int) {
    let place = unsafe base + Self.functions + number * 16
    unsafe place.storeBytes(of: count, toByteOffset: 8, as: Int.self)
    unsafe place.storeBytes(of: offset, as: Int.self)
  }
}
