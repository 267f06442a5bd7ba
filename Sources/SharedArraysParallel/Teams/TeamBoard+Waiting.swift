internal import SharedArraysSystem
internal import Synchronization

extension TeamBoard {
  /// How long who waits for others looks before it sleeps: about what it takes to fall asleep and be woken.
  static let patience: Int64 = 40_000

  /// How a wait has gone so far.
  enum Wait {
    /// It was over within a microsecond or two: who was waited for has a core of its own.
    case short
    case long
    case unfinished
  }

  /// Looks for a moment whether `isOver`.
  @inline(__always)
  static func spin(_ isOver: () -> Bool) -> Wait {
    // Most waits are too short for a look at the clock.
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
      // Who is waited for may have woken up on this core.
      yieldCore()
    } while monotonicNanoseconds() < end
    return .unfinished
  }

  /// Lets a member sleep until a word is no longer `value`. Whoever changes it wakes those that ``sleeps(_:)``.
  ///
  /// - Returns: whether it is another value; false if the deadline has passed.
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

  /// Wakes the members that sleep on a word which has just been changed, by a system call only if there are any.
  ///
  /// - Returns: whether there were.
  @discardableResult
  func wakeMembers(on word: UnsafeMutablePointer<Atomic<UInt32>>) -> Bool {
    for worker in 0..<count where unsafe sleeps(worker).pointee.load(ordering: .sequentiallyConsistent) != 0 {
      unsafe Futex(at: UnsafeMutableRawPointer(word)).wake()
      return true
    }
    return false
  }

  /// Wakes the caller if it waits for this.
  func wakeCaller(_ bell: Bell, waitingFor wait: CallerWait, if isOver: () -> Bool = { true }) {
    let waits = unsafe callerSleeps.pointee.load(ordering: .sequentiallyConsistent)
    if waits == wait.rawValue, isOver() { bell.ring() }
  }

  /// Whether every member has finished a run; the first `members` workers are such.
  func haveAllFinished(_ members: Int, _ run: UInt32) -> Bool {
    for worker in 0..<members
    where unsafe finished(worker).pointee.load(ordering: .sequentiallyConsistent) != run { return false }
    return true
  }
}

// MARK: - The barrier

extension TeamBoard {
  /// Makes the barrier as new, while no run is under way. What needs no change is only read, so that others keep their copies of
  /// the line.
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
    /// The turn that has to end.
    let turn: UInt32
    /// How often all had passed before.
    let passed: UInt32
  }

  /// Arrives at the barrier.
  ///
  /// - Returns: nil if this was the last to come, and all go on.
  /// - Throws: ``BarrierBroken``.
  func arrive(_ bell: Bell) throws(BarrierBroken) -> Arrival? {
    // Before the look at what may be broken: who breaks it does so first, and ends the turn then.
    let now = unsafe turn.pointee.load(ordering: .sequentiallyConsistent)
    let before = unsafe passed.pointee.load(ordering: .relaxed)
    if unsafe isBroken.pointee.load(ordering: .sequentiallyConsistent) != 0 { throw BarrierBroken() }
    if unsafe Int(arrived.pointee.add(1, ordering: .acquiringAndReleasing).newValue) < count {
      return Arrival(turn: now, passed: before)
    }
    unsafe arrived.pointee.store(0, ordering: .relaxed)
    unsafe passed.pointee.store(before &+ 1, ordering: .relaxed)
    endTurn(bell)
    return nil
  }

  /// Tells whether a turn that has ended let all pass: only that of an arrival without which they could not pass a second time.
  ///
  /// - Throws: ``BarrierBroken`` if the barrier was broken instead.
  func requirePassed(_ arrival: Arrival) throws(BarrierBroken) {
    if unsafe passed.pointee.load(ordering: .acquiring) == arrival.passed { throw BarrierBroken() }
  }

  /// Lets out all that wait at the barrier, and lets nobody in until the next run. Anybody may do so again: one that was killed
  /// in here has broken it, but has perhaps not let the others out.
  func breakBarrier(_ bell: Bell) {
    unsafe isBroken.pointee.store(1, ordering: .sequentiallyConsistent)
    endTurn(bell)
  }

  private func endTurn(_ bell: Bell) {
    unsafe turn.pointee.add(1, ordering: .sequentiallyConsistent)
    unsafe wakeMembers(on: turn)
    wakeCaller(bell, waitingFor: .barrier)
  }
}

/// Why a worker of a team leaves the barrier before all have come: another one has died or thrown an error, or time has run out.
///
/// A closure lets it through; then the run throws the ``TeamError`` that tells what was behind it.
public struct BarrierBroken: Error, Hashable, Sendable, CustomStringConvertible {
  init() {}

  /// A sentence.
  public var description: String { "The barrier is broken: another worker of the team did not come." }
}
