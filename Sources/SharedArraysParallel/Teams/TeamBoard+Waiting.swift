internal import SharedArraysSystem
internal import Synchronization

// SAFETY: This covers the whole file. The pointers lead to words of the board, which keeps its
// memory mapped. The words are atomic and aligned as a futex has to be, and every index of a worker
// is less than `count`.

extension TeamBoard {
  /// The time that a waiting process spins before it sleeps, in nanoseconds: about as long as it
  /// takes to fall asleep and be woken.
  static let patience: Int64 = 40_000

  /// The course of a wait so far.
  enum Wait {
    /// The wait ended within one or two microseconds: the awaited process has a core of its own.
    case short
    case long
    case unfinished
  }

  /// Spins for a short time until `isOver` returns true.
  @inline(__always)
  static func spin(_ isOver: () -> Bool) -> Wait {
    // Most waits are too short to be worth reading the clock.
    for _ in 0..<64 {
      if isOver() { return .short }
      spinPause()
    }
    let end = monotonicNanoseconds() + patience
    repeat {
      for _ in 0..<64 {
        if isOver() { return .long }
        spinPause()
      }
      // The awaited process might have been woken on this core.
      yieldCore()
    } while monotonicNanoseconds() < end
    return .unfinished
  }

  /// Puts a member to sleep until a word is no longer `value`. A process that changes the word
  /// wakes the members whose ``sleeps(_:)`` is set.
  ///
  /// - Returns: Whether the value is different; false if the deadline has passed.
  @discardableResult
  func sleep(
    _ worker: Int, on word: UnsafeMutablePointer<Atomic<UInt32>>, while value: UInt32,
    until deadline: Deadline = Deadline(after: nil)
  ) -> Bool {
    let sleeps = unsafe sleeps(worker)
    unsafe sleeps.pointee.store(1, ordering: .sequentiallyConsistent)
    defer { unsafe sleeps.pointee.store(0, ordering: .relaxed) }
    while unsafe word.pointee.load(ordering: .sequentiallyConsistent) == value {
      if deadline.hasPassed { return false }
      let futex = unsafe Futex(at: UnsafeMutableRawPointer(word))
      _ = try? futex.wait(while: value, until: deadline)
    }
    return true
  }

  /// Wakes the members that sleep on a word that has just changed. It makes a system call only if a
  /// member sleeps.
  ///
  /// - Returns: Whether a member was sleeping.
  @discardableResult
  func wakeMembers(on word: UnsafeMutablePointer<Atomic<UInt32>>) -> Bool {
    for worker in 0..<count where unsafe sleeps(worker).pointee.load(ordering: .sequentiallyConsistent) != 0 {
      unsafe Futex(at: UnsafeMutableRawPointer(word)).wake()
      return true
    }
    return false
  }

  /// Wakes the caller if it sleeps for this reason and `isOver` returns true.
  func wakeCaller(_ event: EventFD, waitingFor wait: CallerWait, if isOver: () -> Bool = { true }) {
    let waits = unsafe callerSleeps.pointee.load(ordering: .sequentiallyConsistent)
    if waits == wait.rawValue, isOver() { event.signal() }
  }

  /// Returns whether every member has finished a run. The members are the first `members` workers.
  func haveAllFinished(_ members: Int, _ run: UInt32) -> Bool {
    for worker in 0..<members
    where unsafe finished(worker).pointee.load(ordering: .sequentiallyConsistent) != run { return false }
    return true
  }
}

// MARK: - The barrier

extension TeamBoard {
  /// Resets the barrier, while no run is under way. Words that need no change are only read, so
  /// that their cache line stays valid in the caches of other processes.
  func mendBarrier() {
    unsafe clear(arrived)
    unsafe clear(passed)
    unsafe clear(isBroken)
  }

  private func clear(_ word: UnsafeMutablePointer<Atomic<UInt32>>) {
    if unsafe word.pointee.load(ordering: .relaxed) != 0 { unsafe word.pointee.store(0, ordering: .relaxed) }
  }

  /// A wait at the barrier.
  struct Arrival {
    /// The turn whose end the worker waits for.
    let turn: UInt32
    /// The number of times all workers had passed before.
    let passed: UInt32
  }

  /// Arrives at the barrier.
  ///
  /// - Returns: Nil if this worker was the last to arrive, and all workers continue.
  /// - Throws: ``BarrierBroken``.
  func arrive(_ event: EventFD) throws(BarrierBroken) -> Arrival? {
    // The turn is loaded before `isBroken`, because ``breakBarrier(_:)`` sets `isBroken` first and
    // ends the turn afterwards.
    let now = unsafe turn.pointee.load(ordering: .sequentiallyConsistent)
    let before = unsafe passed.pointee.load(ordering: .relaxed)
    if unsafe isBroken.pointee.load(ordering: .sequentiallyConsistent) != 0 { throw BarrierBroken() }
    if unsafe Int(arrived.pointee.add(1, ordering: .acquiringAndReleasing).newValue) < count {
      return Arrival(turn: now, passed: before)
    }
    unsafe arrived.pointee.store(0, ordering: .relaxed)
    unsafe passed.pointee.store(before &+ 1, ordering: .relaxed)
    endTurn(event)
    return nil
  }

  /// Checks that all workers passed in a turn that has ended. The count can only have advanced by
  /// the pass of this arrival, because the workers cannot pass a second time without this worker.
  ///
  /// - Throws: ``BarrierBroken`` if the barrier was broken instead.
  func requirePassed(_ arrival: Arrival) throws(BarrierBroken) {
    if unsafe passed.pointee.load(ordering: .acquiring) == arrival.passed { throw BarrierBroken() }
  }

  /// Releases all workers that wait at the barrier, and lets no worker pass until the next run. Any
  /// process may repeat this: a process that was killed in this function has broken the barrier,
  /// but might not have released the other workers.
  func breakBarrier(_ event: EventFD) {
    unsafe isBroken.pointee.store(1, ordering: .sequentiallyConsistent)
    endTurn(event)
  }

  private func endTurn(_ event: EventFD) {
    unsafe turn.pointee.add(1, ordering: .sequentiallyConsistent)
    unsafe wakeMembers(on: turn)
    wakeCaller(event, waitingFor: .barrier)
  }
}
