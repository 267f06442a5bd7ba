internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

/// The common part of semaphores, barriers and read-write locks: a state under a robust mutex, a
/// record for each participating process, and a word on which processes sleep until the state
/// changes.
///
/// Layout: the mutex, 64 bytes; a flag whether a process sleeps, and the word on which it sleeps;
/// the object's own words at offset 128; the records at offset 256, 64 bytes each.
///
/// Crash safety: the records are authoritative; the sums over them are kept only for speed. If a
/// process dies while it holds the mutex, the next holder recomputes the sums (`recount`). If a
/// process dies at any other moment, its record still says what it held. Processes that wait for
/// that check every 50 ms whether the process is alive, and take it back if not.
struct Monitor: Sendable {
  static let wordsOffset = 128
  static let recordsOffset = 256
  static let recordByteCount = 64
  static let asleepOffset = 64
  static let changeOffset = 72
  /// The time of the last search for dead processes, in nanoseconds of the monotonic clock.
  static let lookOffset = 80

  let object: SharedObjectMemory
  let participation: Participation
  let count: Int
  private let mutex: SharedMutexCore
  private let name: String

  static func byteCount(participants: Int) -> Int? {
    participants >= 1 && participants <= 1 << 15 ? recordsOffset + participants * recordByteCount : nil
  }

  init(_ object: SharedObjectMemory, participants: Int, name: String) throws(SharedMemoryError) {
    self.object = object
    self.name = name
    // SAFETY: `object` keeps its state mapped, which is at least `byteCount(participants:)` long:
    // each object checks that with `SharedObjectMemory.require`. The mutex and the words are
    // therefore mapped for as long as the monitor exists.
    count = participants
    mutex = unsafe SharedMutexCore(at: object.state)
    guard mutex.isSound else {
      throw SharedMemoryError(
        .mismatch, name: object.memory.name, detail: "the \(name.lowercased()) here is damaged")
    }
    participation = Participation(
      try Participants(
        of: object.memory, at: object.offset + SharedObjectMemory.headerByteCount + Self.recordsOffset,
        count: participants, stride: Self.recordByteCount))
  }

  // MARK: Words

  /// Accesses one of the object's own words. The caller holds the mutex.
  subscript(place: Int) -> Int {
    get {
      Int(
        bitPattern: UInt(
          unsafe object.word(at: Self.wordsOffset + place * 8).pointee.load(ordering: .relaxed)))
    }
    nonmutating set {
      unsafe object.word(at: Self.wordsOffset + place * 8).pointee.store(
        UInt64(bitPattern: Int64(newValue)), ordering: .relaxed)
    }
  }

  /// Accesses a word of a record, after the record's head. The caller holds the mutex.
  subscript(record: Int, place: Int) -> Int {
    get { Int(bitPattern: UInt(unsafe recordWord(record, place).pointee.load(ordering: .relaxed))) }
    nonmutating set {
      unsafe recordWord(record, place).pointee.store(UInt64(bitPattern: Int64(newValue)), ordering: .relaxed)
    }
  }

  private func recordWord(_ record: Int, _ place: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    unsafe object.word(
      at: Self.recordsOffset + record * Self.recordByteCount + Participants.headByteCount + place * 8)
  }

  /// Returns the sum of a word over all records.
  func sum(_ place: Int) -> Int { (0..<count).reduce(0) { $0 &+ self[$1, place] } }

  // MARK: The mutex

  /// Locks the mutex. Returns whether a process has died with the mutex, so that the sums must be
  /// recomputed.
  func lock() throws(LockError) -> Bool { try mutex.lock(nil) }

  func unlock() { mutex.unlock() }

  /// Runs a closure with the mutex locked.
  ///
  /// - Parameters:
  ///   - timeout: The maximum time to wait for the mutex; nil means no limit.
  ///   - recount: A closure that recomputes the sums over all records. It is called if a process
  ///     has died while it held the mutex.
  func locked<Result>(
    timeout: Duration? = nil, recount: () -> Void, _ body: () throws(LockError) -> Result
  ) throws(LockError) -> Result {
    if try mutex.lock(timeout) { recount() }
    defer { mutex.unlock() }
    return try body()
  }

  /// Returns the index of this process's record. The caller holds the mutex.
  func own(repair: (Int) -> Void) throws(LockError) -> Int {
    do throws(SharedMemoryError) { return try participation.index(repair: repair) } catch {
      throw LockError(.unavailable, name, underlying: error)
    }
  }

  /// Wakes the sleeping processes after the state has changed. The caller holds the mutex.
  func changed() {
    let asleep = unsafe object.word(at: Self.asleepOffset)
    if unsafe asleep.pointee.load(ordering: .relaxed) == 0 { return }
    unsafe asleep.pointee.store(0, ordering: .relaxed)
    unsafe NotificationWord(at: object.state + Self.changeOffset).notify(.max)
  }

  /// Waits until `attempt`, which is called with the mutex locked, returns a result.
  ///
  /// - Parameter clear: A closure that reclaims the records of dead processes, with the mutex
  ///   locked. One of the waiting processes calls it every 50 ms.
  /// - Returns: The result, or nil if the timeout passed.
  func wait<Result>(
    until deadline: Deadline, recount: () -> Void, clear: () -> Void,
    _ attempt: () throws(LockError) -> Result?
  ) throws(LockError) -> Result? {
    let change = unsafe NotificationWord(at: object.state + Self.changeOffset)
    var (tries, isLast) = (0, false)
    while true {
      var seen: UInt32 = 0
      let result = try locked(timeout: Self.patience(deadline), recount: recount) {
        () throws(LockError) -> Result? in
        if isLast || tries > 0 && isTimeToLook() { clear() }
        if let result = try attempt() { return result }
        seen = change.value
        unsafe object.word(at: Self.asleepOffset).pointee.store(1, ordering: .relaxed)
        return nil
      }
      if let result { return result }
      tries += 1
      if deadline.hasPassed {
        if isLast { return nil }
        // Search once for dead processes, even if the call only tries.
        isLast = true
        continue
      }
      change.nap(while: seen, until: deadline)
    }
  }

  /// Returns the timeout for the mutex.
  ///
  /// The holder of the mutex releases it within microseconds, unless it has been stopped or runs
  /// the action of a barrier. A call that only tries must neither fail because of a short hold nor
  /// wait without limit for a long one.
  static func patience(_ deadline: Deadline) -> Duration? {
    deadline.isNever ? nil : deadline.remaining + .seconds(1)
  }

  /// Whether no process has searched for dead processes for 50 ms. The clock decides, because
  /// changes can cut a sleep short any number of times.
  private func isTimeToLook() -> Bool {
    let word = unsafe object.word(at: Self.lookOffset)
    let now = UInt64(bitPattern: monotonicNanoseconds())
    let last = unsafe word.pointee.load(ordering: .relaxed)
    if now &- last < 50_000_000 { return false }
    unsafe word.pointee.store(now, ordering: .relaxed)
    return true
  }
}
