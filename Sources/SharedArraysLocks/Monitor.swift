internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

/// What semaphores, barriers and read-write locks have in common: a state under a robust mutex, with a record for each process
/// that takes part, and a word on which processes sleep until the state has changed.
///
/// Layout: the mutex, 64 bytes; whether somebody sleeps, and the word they sleep on; at 128 the object's own words; at 256 the
/// records, 64 bytes each.
///
/// Surviving death: the records are the truth, and sums over them are only kept to be fast. A process that dies while it has the
/// mutex leaves a state of which the next one computes the sums anew (`recount`). One that dies at any other moment leaves a
/// record that says what it had; those in whose way that is look every 50 ms whether it lives, and take it back.
struct Monitor: Sendable {
  static let wordsOffset = 128
  static let recordsOffset = 256
  static let recordByteCount = 64
  private static let asleepOffset = 64
  private static let changeOffset = 72
  /// When somebody looked for the dead, in nanoseconds of the monotonic clock.
  private static let lookOffset = 80

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
    count = participants
    mutex = unsafe SharedMutexCore(at: object.state)
    guard mutex.isSound else {
      throw SharedMemoryError(.mismatch, name: object.memory.name, detail: "the \(name) here is damaged")
    }
    participation = Participation(
      try Participants(
        of: object.memory, at: object.offset + SharedObjectMemory.headerByteCount + Self.recordsOffset,
        count: participants, stride: Self.recordByteCount))
  }

  // MARK: Words

  /// One of the object's own words, for the holder of the mutex.
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

  /// A word of a record, behind its head, for the holder of the mutex.
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

  /// The sum of a word over all records.
  func sum(_ place: Int) -> Int { (0..<count).reduce(0) { $0 &+ self[$1, place] } }

  // MARK: The mutex

  /// Locks; whether a process has died with the mutex, so that sums must be made right.
  func lock() throws(LockError) -> Bool { try mutex.lock(nil) }

  func unlock() { mutex.unlock() }

  /// Runs a closure with the mutex.
  ///
  /// - Parameters:
  ///   - timeout: how long to wait for the mutex; nil waits for ever.
  ///   - recount: makes the sums right after a process has died with the mutex.
  func locked<Result>(
    timeout: Duration? = nil, recount: () -> Void, _ body: () throws(LockError) -> Result
  ) throws(LockError) -> Result {
    if try mutex.lock(timeout) { recount() }
    defer { mutex.unlock() }
    return try body()
  }

  /// This process's record; the mutex is held.
  func own(repair: (Int) -> Void) throws(LockError) -> Int {
    do throws(SharedMemoryError) { return try participation.index(repair: repair) } catch {
      throw LockError(.unavailable, name, underlying: error)
    }
  }

  /// Says that the state has changed; the mutex is held.
  func changed() {
    let asleep = unsafe object.word(at: Self.asleepOffset)
    if unsafe asleep.pointee.load(ordering: .relaxed) == 0 { return }
    unsafe asleep.pointee.store(0, ordering: .relaxed)
    unsafe NotificationWord(at: object.state + Self.changeOffset).notify(.max)
  }

  /// Waits until `attempt`, which is called with the mutex, gives a result.
  ///
  /// - Parameter clear: looks for records of the dead that are in the way, with the mutex; called every 50 ms, by one of those that
  ///   wait.
  /// - Returns: nil if the time was up.
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
        // Once, also for a call that only tries.
        isLast = true
        continue
      }
      change.nap(while: seen, until: deadline)
    }
  }

  /// How long to wait for the mutex. Its holder gives it back within microseconds, unless it has been stopped, or runs the action of
  /// a barrier: a call that only tries must not fail for the former, nor wait for the latter without end.
  static func patience(_ deadline: Deadline) -> Duration? {
    deadline.isNever ? nil : deadline.remaining + .seconds(1)
  }

  /// Whether nobody has looked for the dead for 50 ms. By the clock, since a sleep can be cut short by changes again and again.
  private func isTimeToLook() -> Bool {
    let word = unsafe object.word(at: Self.lookOffset)
    let now = UInt64(bitPattern: monotonicNanoseconds())
    let last = unsafe word.pointee.load(ordering: .relaxed)
    if now &- last < 50_000_000 { return false }
    unsafe word.pointee.store(now, ordering: .relaxed)
    return true
  }
}
