package import SharedArraysSystem
internal import Synchronization

/// The processes that use one shared object. Each has a record of its own in the object's memory.
///
/// A record begins with two words: the state with the pid, and the cookie of the process. The words
/// after them belong to the object and describe what the process holds: permits, an arrival, a
/// claim.
///
/// Crash safety: a process locks the first byte of its record, in the object's file, for as long as
/// it participates. The kernel drops that lock when the process ends, at whatever instruction, so a
/// reused pid cannot make a dead process look alive. The record stays as it was. A process that
/// encounters the record of a dead one locks the record's second byte, gives back what the record
/// says that the dead process held, empties the record, and releases the lock
/// (``reclaim(_:repair:)``). If it dies during the repair, the next process repeats it. A repair
/// must therefore be repeatable: it changes the object's part of the record last.
///
/// A repair does not lock the first byte, because a record under repair would then look like the
/// record of a living process, and a process that joins at that moment would find no record.
@safe package struct Participants: ~Copyable, @unchecked Sendable {
  // Why @unchecked: all stored properties are set once; the words of the records are atomic.

  /// The minimum size of a record in bytes: the two words at its start that do not belong to the
  /// object.
  package static let headByteCount = 16

  private let memory: MemoryOwner
  // SAFETY: `count` records of `stride` bytes are stored here, in the memory that `memory` keeps
  // mapped.
  private let table: UnsafeMutableRawPointer
  private let file: LivenessLock
  private let fileOffset: Int
  package let count: Int
  private let stride: Int

  /// The state of the process behind a record.
  package enum Presence: Sendable {
    /// No process has the record.
    case none
    case alive
    /// The process ended by `exit`, or as a worker that had finished its work, without giving back
    /// what it held.
    case left
    /// The process was killed or has crashed.
    case dead
  }

  private enum State {
    static let empty: UInt64 = 0
    static let present: UInt64 = 1
    static let left: UInt64 = 2
    static let mask: UInt64 = 3
  }

  /// Creates the participants of an object whose records begin `offset` bytes after the start of
  /// the memory's data.
  ///
  /// - Throws: `SharedMemoryError` if the object's file cannot be opened again.
  /// - Precondition: The records lie within the data, at a multiple of 8.
  package init(of memory: MemoryOwner, at offset: Int, count: Int, stride: Int) throws(SharedMemoryError) {
    precondition(
      offset >= 0 && offset % 8 == 0 && stride % 8 == 0 && stride >= Self.headByteCount && count > 0
        && count <= (memory.byteCount - offset) / stride, "The records must lie within the object.")
    self.memory = memory
    unsafe table = memory.data + offset
    fileOffset = unsafe table - memory.mappedAddress
    self.count = count
    self.stride = stride
    file = try LivenessLock(of: memory.identity) { () throws(SharedMemoryError) in try memory.openAnew() }
  }

  /// Returns the address of a record.
  package func record(_ index: Int) -> UnsafeMutableRawPointer {
    precondition(index >= 0 && index < count)
    return unsafe table + index * stride
  }

  private func word(_ index: Int, _ number: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    // SAFETY: a record begins with two aligned words, which are accessed only as atomics, here and
    // in the C shim.
    unsafe record(index).sharedWord(at: number * 8)
  }

  private func byte(_ index: Int) -> Int { fileOffset + index * stride }
  private func repairByte(_ index: Int) -> Int { byte(index) + 1 }

  private func isEmpty(_ index: Int) -> Bool {
    unsafe word(index, 0).pointee.load(ordering: .acquiring) & State.mask == State.empty
  }

  private func isOwn(_ index: Int) -> Bool {
    unsafe word(index, 1).pointee.load(ordering: .acquiring) == ProcessIdentity.own
  }

  // MARK: Asking

  /// Returns the state of the process behind a record.
  ///
  /// - Complexity: One system call, unless the record is empty or this process's own.
  package func presence(_ index: Int) -> Presence {
    guard index >= 0, index < count else { return .none }
    while true {
      let state = unsafe word(index, 0).pointee.load(ordering: .acquiring)
      if state & State.mask == State.empty { return .none }
      let cookie = unsafe word(index, 1).pointee.load(ordering: .acquiring)
      if cookie == ProcessIdentity.own || file.isLockedElsewhere(byte(index)) { return .alive }
      // Another process might have emptied the record, and a third one taken it, since it was read.
      guard unsafe word(index, 0).pointee.load(ordering: .acquiring) == state,
        unsafe word(index, 1).pointee.load(ordering: .acquiring) == cookie
      else { continue }
      return state & State.mask == State.left ? .left : .dead
    }
  }

  /// Returns the pid of the process behind a record. The process might have ended.
  package func pid(_ index: Int) -> Int {
    Int(unsafe word(index, 0).pointee.load(ordering: .relaxed) >> 32)
  }

  // MARK: Taking part

  /// Takes a record for this process.
  ///
  /// The caller holds the lock that guards the records' contents, if the object has one. If no
  /// record is empty, this repairs and takes the record of a process that has ended. If other
  /// processes are emptying records at this moment, it waits for them, for a second at most.
  ///
  /// - Parameter repair: See ``reclaim(_:repair:)``.
  /// - Returns: The index of the record, or nil if every record belongs to a living process.
  /// - Throws: `SystemError` if the file cannot be locked.
  /// - Complexity: One system call for each record that is examined. The pid determines the first
  ///   one.
  package func join(repair: (Int) -> Void) throws(SystemError) -> Int? {
    let deadline = Deadline(after: .seconds(1))
    while true {
      var isChanging = false
      if let index = try joinNow(&isChanging, repair: repair) { return index }
      if !isChanging || deadline.hasPassed { return nil }
      yieldCore()
    }
  }

  /// Examines every record once.
  ///
  /// - Parameter isChanging: Set if another process is taking, emptying or repairing a record at
  ///   this moment.
  private func joinNow(_ isChanging: inout Bool, repair: (Int) -> Void) throws(SystemError) -> Int? {
    ProcessSlot.participants.lock()
    defer { ProcessSlot.participants.unlock() }
    let start = currentProcess() % count
    for pass in 0..<2 {
      for step in 0..<count {
        let index = (start + step) % count
        if isEmpty(index) {
          if try take(index, isChanging: &isChanging) { return index }
          continue
        }
        // This process can lock its own records repeatedly, so their locks show nothing.
        if pass == 0 || isOwn(index) || file.isLockedElsewhere(byte(index)) { continue }
        guard try file.tryLock(repairByte(index)) else {
          isChanging = true
          continue
        }
        defer { file.unlock(repairByte(index)) }
        // Only the holder of this lock empties the record of a dead process. The process that has
        // the record might have taken it since the check above, and then its lock is found here.
        if isEmpty(index) {
          isChanging = true
        } else if try file.tryLock(byte(index)) {
          repair(index)
          own(index)
          return index
        }
      }
    }
    return nil
  }

  /// Takes a record that was empty a moment ago. The caller holds the process's lock.
  private func take(_ index: Int, isChanging: inout Bool) throws(SystemError) -> Bool {
    guard try file.tryLock(byte(index)) else {
      isChanging = true
      return false
    }
    guard isEmpty(index) else {
      // Another process has taken the record and has left it or died since.
      file.unlock(byte(index))
      isChanging = true
      return false
    }
    own(index)
    return true
  }

  /// Makes a record this process's own, which has locked its first byte.
  private func own(_ index: Int) {
    unsafe word(index, 1).pointee.store(ProcessIdentity.own, ordering: .relaxed)
    let pid = UInt64(currentProcess()) << 32
    unsafe word(index, 0).pointee.store(pid | State.present, ordering: .releasing)
    unsafe ProcessIdentity.atEnd(
      record(index).assumingMemoryBound(to: UInt64.self), becomes: pid | State.left)
  }

  /// Gives back a record of this process.
  ///
  /// If the process still holds something of the object, the record stays, marked as left. The next
  /// process that encounters it gives that back.
  package func leave(_ index: Int) {
    ProcessSlot.participants.lock()
    defer { ProcessSlot.participants.unlock() }
    unsafe ProcessIdentity.notAtEnd(record(index).assumingMemoryBound(to: UInt64.self))
    let isClean = (2..<stride / 8).allSatisfy {
      unsafe word(index, $0).pointee.load(ordering: .relaxed) == 0
    }
    let left = UInt64(currentProcess()) << 32 | State.left
    unsafe word(index, 0).pointee.store(isClean ? State.empty : left, ordering: .releasing)
    // From now on, this process does not treat the record as its own either.
    unsafe word(index, 1).pointee.store(0, ordering: .releasing)
    file.unlock(byte(index))
  }

  // MARK: Repairing

  /// Empties the record of a process that has ended.
  ///
  /// The caller holds the lock that guards the records' contents, if the object has one.
  ///
  /// - Parameter repair: A closure that gives back what the record says that the process held. It
  ///   takes no lock. An earlier call in a process that died might have executed part of it. It
  ///   leaves the object's part of the record in the state that a new participant expects.
  /// - Returns: Whether this call has emptied the record. False if the process lives, or another
  ///   process emptied the record first.
  @discardableResult
  package func reclaim(_ index: Int, repair: (Int) -> Void) -> Bool {
    switch presence(index) {
    case .none, .alive: return false
    case .left, .dead: break
    }
    ProcessSlot.participants.lock()
    defer { ProcessSlot.participants.unlock() }
    guard (try? file.tryLock(repairByte(index))) == true else { return false }
    defer { file.unlock(repairByte(index)) }
    // Another process, or a thread of this one, might have emptied and taken the record.
    guard !isEmpty(index), !isOwn(index), !file.isLockedElsewhere(byte(index)) else { return false }
    repair(index)
    unsafe word(index, 0).pointee.store(State.empty, ordering: .releasing)
    return true
  }
}
