package import SharedArraysSystem
internal import Synchronization

/// The processes that use one shared object, each with a record of its own in the object's memory.
///
/// A record begins with two words: the state with the pid, and the cookie of the process. What stands behind them is the
/// object's, and says what the process has of it: permits, an arrival, a claim.
///
/// Surviving death: a process locks the first byte of its record, in the object's file, for as long as it takes part. The
/// kernel drops that lock when the process ends, at whatever instruction, so that no reuse of a pid can make a dead process
/// look alive. The record stays as it was. Who meets a dead one in its way takes the lock itself, repairs what the record says
/// that the dead process had, empties the record, and gives the lock back (``reclaim(_:repair:)``). If it dies meanwhile, the
/// next one does it again, so a repair must be one that can be repeated: it changes the object's part of the record last.
@safe package struct Participants: ~Copyable, @unchecked Sendable {
  // Why @unchecked: all stored properties are set once; the words of the records are atomic.

  /// The least bytes of a record, and those at its start that are not the object's.
  package static let headByteCount = 16

  private let memory: MemoryOwner
  // SAFETY: `count` records of `stride` bytes lie here, in the memory that `memory` keeps mapped.
  private let table: UnsafeMutableRawPointer
  private let file: LifeFile
  private let fileOffset: Int
  package let count: Int
  private let stride: Int

  /// What is known of the process behind a record.
  package enum Presence: Sendable {
    /// Nobody has it.
    case none
    case alive
    /// It has ended by `exit`, or as a worker that had done its work, and has not given back what it had.
    case left
    /// It was killed, or has crashed.
    case dead
  }

  private enum State {
    static let empty: UInt64 = 0
    static let present: UInt64 = 1
    static let left: UInt64 = 2
    static let mask: UInt64 = 3
  }

  /// The participants of an object, whose records lie `offset` bytes after the beginning of the memory's data.
  ///
  /// - Throws: `SharedMemoryError` if the object's file cannot be opened once more.
  /// - Precondition: the records lie within the data, on a multiple of 8.
  package init(of memory: MemoryOwner, at offset: Int, count: Int, stride: Int) throws(SharedMemoryError) {
    precondition(
      offset >= 0 && offset % 8 == 0 && stride % 8 == 0 && stride >= Self.headByteCount && count > 0
        && count <= (memory.byteCount - offset) / stride, "The records lie within the object.")
    self.memory = memory
    unsafe table = memory.data + offset
    fileOffset = unsafe table - memory.mappedAddress
    self.count = count
    self.stride = stride
    file = try LifeFile(of: memory.identity) { () throws(SharedMemoryError) in try memory.openAnew() }
  }

  /// Where a record begins.
  package func record(_ index: Int) -> UnsafeMutableRawPointer {
    precondition(index >= 0 && index < count)
    return unsafe table + index * stride
  }

  private func word(_ index: Int, _ number: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    // SAFETY: a record begins with two aligned words, which are used in this way only, here and in the C shim.
    unsafe (record(index) + number * 8).assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  private func byte(_ index: Int) -> Int { fileOffset + index * stride }

  // MARK: Asking

  /// What has become of the process behind a record.
  ///
  /// - Complexity: one system call, unless the record is empty or this process's own.
  package func presence(_ index: Int) -> Presence {
    guard index >= 0, index < count else { return .none }
    while true {
      let state = unsafe word(index, 0).pointee.load(ordering: .acquiring)
      if state & State.mask == State.empty { return .none }
      let cookie = unsafe word(index, 1).pointee.load(ordering: .acquiring)
      if cookie == ProcessCookie.own || file.isLockedElsewhere(byte(index)) { return .alive }
      // Another process may have cleaned the record up, and a third taken it, since it was read.
      guard unsafe word(index, 0).pointee.load(ordering: .acquiring) == state,
        unsafe word(index, 1).pointee.load(ordering: .acquiring) == cookie
      else { continue }
      return state & State.mask == State.left ? .left : .dead
    }
  }

  /// The process behind a record, which may have ended.
  package func pid(_ index: Int) -> Int {
    Int(unsafe word(index, 0).pointee.load(ordering: .relaxed) >> 32)
  }

  // MARK: Taking part

  /// Takes a record for this process.
  ///
  /// The caller holds whatever lock guards the records' contents, if there is one. Where no record is empty, one of a process
  /// that has ended is repaired and taken.
  ///
  /// - Parameter repair: as for ``reclaim(_:repair:)``.
  /// - Returns: its index; nil if as many processes as there are records take part already.
  /// - Throws: `SystemError` if the file cannot be locked.
  /// - Complexity: a system call for each record that is looked at; the first one is drawn by the pid.
  package func join(repair: (Int) -> Void) throws(SystemError) -> Int? {
    ProcessSlot.participants.lock()
    defer { ProcessSlot.participants.unlock() }
    let start = currentProcess() % count
    for pass in 0..<2 {
      for step in 0..<count {
        let index = (start + step) % count
        let isEmpty = unsafe word(index, 0).pointee.load(ordering: .relaxed) & State.mask == State.empty
        // Own records can be locked again and again, so their locks tell nothing.
        if !isEmpty, unsafe word(index, 1).pointee.load(ordering: .relaxed) == ProcessCookie.own { continue }
        guard isEmpty || pass == 1, try file.tryLock(byte(index)) else { continue }
        if unsafe word(index, 0).pointee.load(ordering: .acquiring) & State.mask != State.empty {
          if pass == 0 {
            file.unlock(byte(index))
            continue
          }
          repair(index)
        }
        unsafe word(index, 1).pointee.store(ProcessCookie.own, ordering: .relaxed)
        let pid = UInt64(currentProcess()) << 32
        unsafe word(index, 0).pointee.store(pid | State.present, ordering: .releasing)
        unsafe ProcessCookie.atEnd(
          record(index).assumingMemoryBound(to: UInt64.self), becomes: pid | State.left)
        return index
      }
    }
    return nil
  }

  /// Gives back a record of this process. If the process still has something of the object, the record stays as that of one that
  /// has left, and whoever meets it takes that back.
  package func leave(_ index: Int) {
    ProcessSlot.participants.lock()
    defer { ProcessSlot.participants.unlock() }
    unsafe ProcessCookie.notAtEnd(record(index).assumingMemoryBound(to: UInt64.self))
    let isClean = (2..<stride / 8).allSatisfy {
      unsafe word(index, $0).pointee.load(ordering: .relaxed) == 0
    }
    let left = UInt64(currentProcess()) << 32 | State.left
    unsafe word(index, 0).pointee.store(isClean ? State.empty : left, ordering: .releasing)
    // To this process, too, it is nobody's any more.
    unsafe word(index, 1).pointee.store(0, ordering: .releasing)
    file.unlock(byte(index))
  }

  // MARK: Repairing

  /// Empties the record of a process that has ended.
  ///
  /// The caller holds whatever lock guards the records' contents, if there is one.
  ///
  /// - Parameter repair: gives back what the record says that the process had. It takes no lock, may have been begun before,
  ///   by one that died, and leaves the object's part of the record as a new participant is to find it.
  /// - Returns: whether this call has done it; false if the process lives, or another one was faster.
  @discardableResult
  package func reclaim(_ index: Int, repair: (Int) -> Void) -> Bool {
    switch presence(index) {
    case .none, .alive: return false
    case .left, .dead: break
    }
    ProcessSlot.participants.lock()
    defer { ProcessSlot.participants.unlock() }
    // It may be another thread's of this process by now: its lock would be no obstacle.
    guard unsafe word(index, 1).pointee.load(ordering: .acquiring) != ProcessCookie.own,
      (try? file.tryLock(byte(index))) == true
    else { return false }
    defer { file.unlock(byte(index)) }
    guard unsafe word(index, 0).pointee.load(ordering: .acquiring) & State.mask != State.empty else {
      return false
    }
    repair(index)
    unsafe word(index, 0).pointee.store(State.empty, ordering: .releasing)
    return true
  }
}
