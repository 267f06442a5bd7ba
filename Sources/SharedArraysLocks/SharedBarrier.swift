public import SharedArraysMemory
internal import SharedArraysSystem
internal import SharedArraysTransfer

/// Lets a number of parties wait until all of them are there.
///
///     let barrier = try SharedBarrier(parties: 4)
///     for step in steps {
///       compute(step)
///       try barrier.wait()
///     }
///
/// A process becomes a party when it waits for the first time, or calls ``join()``. **When a party dies**, whether it waits at that
/// moment or not, the barrier is broken for all others within some 50 ms, as it is when one of them gives up waiting or calls
/// ``abort()``. A worker that ends when its work is done has left, and breaks nothing.
///
/// Calls wait for the action of another one to end, and for a process that has been stopped (by SIGSTOP) in the middle of a call
/// until it goes on or dies; this is not limited by a time-out once a party waits.
public struct SharedBarrier: SharedObject {
  public let object: SharedObjectMemory
  private let monitor: Monitor
  /// How many are waited for.
  public let parties: Int

  public static var objectKind: SharedObjectKind { .barrier }

  // Words: how often all have been there, how many are there now, whether it is broken, the turn that was broken or reset last and
  // one more, whether an action runs or the parties are let go, a bit for each of the latest 64 turns: whether it was broken. In a record: how many threads of
  // its process are there.
  private static let turn = 0
  private static let arrived = 1
  private static let isBroken = 2
  private static let spoiled = 3
  private static let acts = 4
  private static let brokenTurns = 5
  private static let waiting = 0

  /// Makes a barrier.
  ///
  /// - Parameters:
  ///   - parties: how many are waited for.
  ///   - participants: the most processes that use it at a time, at most 32,768.
  /// - Throws: ``SharedMemoryError`` as for an array in that place.
  /// - Precondition: `parties` is at least 1, `participants` at least 1 and at most what is said above.
  public init(
    parties: Int, participants: Int = 128, _ place: SharedObjectPlace = .unnamed
  ) throws(SharedMemoryError) {
    if parties < 1 { fatalError("A barrier is for at least one party, not \(parties).") }
    guard let byteCount = Monitor.byteCount(participants: participants) else {
      fatalError("A barrier is for 1 to 32,768 processes, not \(participants).")
    }
    try self.init(
      unsafe SharedObjectMemory.create(
        place, .barrier, byteCount: byteCount, parameters: (participants, parties)
      ) { (state) throws(SharedMemoryError) in try unsafe SharedMutexCore.create(at: state) })
  }

  public init(_ object: SharedObjectMemory) throws(SharedMemoryError) {
    self.object = try object.require(Monitor.byteCount(participants: object.parameters.0), .barrier)
    parties = object.parameters.1
    monitor = try Monitor(object, participants: object.parameters.0, name: "Barrier")
    if parties < 1 {
      throw SharedMemoryError(.mismatch, name: object.memory.name, detail: "the barrier here is damaged")
    }
  }

  private func recount() {
    monitor[Self.arrived] = monitor.sum(Self.waiting)
    // A process has died in the middle of it.
    if monitor[Self.acts] != 0 { breakAll() }
  }

  /// Takes back what a process had that has ended, whoever does so: one that waits, or one that needs its record.
  private func repair(_ record: Int) {
    let hasDied = monitor.participation.participants.presence(record) == .dead
    // First, so that the death is not forgotten if this process dies, too.
    if hasDied || monitor[record, Self.waiting] > 0 { breakAll() }
    monitor[record, Self.waiting] = 0
    monitor[Self.arrived] = monitor.sum(Self.waiting)
  }

  private func breakAll() {
    monitor[Self.isBroken] = 1
    monitor[Self.spoiled] = monitor[Self.turn] &+ 1
    monitor[Self.brokenTurns] |= bit(monitor[Self.turn])
    monitor[Self.acts] = 0
    monitor.changed()
  }

  private func bit(_ turn: Int) -> Int { 1 << (turn & 63) }

  /// Whether a turn was broken, or one so long after it that nobody knows any more: a party that was stopped meanwhile must not take
  /// a broken turn for one at which all have been there.
  private func wasBroken(_ turn: Int) -> Bool {
    if monitor[Self.turn] &- turn < 64 { return monitor[Self.brokenTurns] & bit(turn) != 0 }
    return monitor[Self.spoiled] &- 1 &- turn >= 0
  }

  private func clear() {
    for record in 0..<monitor.count {
      monitor.participation.participants.reclaim(record, repair: repair)
    }
  }

  /// Makes this process a party before it waits: from now on its death breaks the barrier.
  ///
  /// - Throws: ``LockError`` with code `unavailable`.
  public func join() throws(LockError) {
    _ = try monitor.locked(recount: recount) { () throws(LockError) in try monitor.own(repair: repair) }
  }

  /// Waits until all parties are there.
  ///
  /// - Parameters:
  ///   - timeout: how long to wait; when it is up, the barrier is broken. 0 or less tries, nil waits for ever. Where an action runs,
  ///     or a process has been stopped in a call, the party does not come to wait, and breaks nothing.
  ///   - action: what the last to come does before the others go on. If it throws, the barrier is broken.
  /// - Returns: how many were missing when this one came: 0 for the last.
  /// - Throws: ``LockError`` with code `broken`, `timedOut`, `unavailable`; or what `action` throws.
  @discardableResult
  public func wait(timeout: Duration? = nil, action: (() throws -> Void)? = nil) throws -> Int {
    let deadline = Deadline(after: timeout)
    var thrown: (any Error)?
    let (turn, missing) = try monitor.locked(timeout: Monitor.patience(deadline), recount: recount) {
      () throws(LockError) -> (Int, Int) in
      let own = try monitor.own(repair: repair)
      if monitor[Self.isBroken] != 0 { throw LockError(.broken, "Barrier") }
      let turn = monitor[Self.turn]
      let missing = parties &- monitor[Self.arrived] &- 1
      if missing > 0 {
        monitor[own, Self.waiting] &+= 1
        monitor[Self.arrived] &+= 1
        return (turn, missing)
      }
      monitor[Self.acts] = 1
      let process = SharedMutexCore.process
      do {
        try action?()
        try SharedMutexCore.require(process, "Barrier")
      } catch {
        thrown = error
        // A child that the action has forked has no part in it.
        if process == SharedMutexCore.process { breakAll() }
        return (turn, 0)
      }
      goOn()
      return (turn, 0)
    }
    if let thrown { throw thrown }
    if missing > 0 { try waitForOthers(turn, deadline) }
    return missing
  }

  /// Lets all that wait go on. If this process dies in the middle of it, the barrier is broken: records that have not been emptied
  /// would count for the next turn.
  private func goOn() {
    monitor[Self.acts] = 1
    let next = monitor[Self.turn] &+ 1
    monitor[Self.brokenTurns] &= ~bit(next)
    monitor[Self.turn] = next
    for record in 0..<monitor.count { monitor[record, Self.waiting] = 0 }
    monitor[Self.arrived] = 0
    monitor[Self.acts] = 0
    monitor.changed()
  }

  private func waitForOthers(_ turn: Int, _ deadline: Deadline) throws(LockError) {
    var hasPassed: Bool?
    do throws(LockError) {
      hasPassed = try monitor.wait(until: deadline, recount: recount, clear: clear) {
        () throws(LockError) -> Bool? in
        if wasBroken(turn) { return false }
        return monitor[Self.turn] == turn ? nil : true
      }
    } catch {
      // The mutex could not be had: its holder runs the action. This thread still has to take itself back.
      if error.code != .timedOut { throw error }
    }
    if hasPassed == true { return }
    if hasPassed == nil {
      let isLate = try monitor.locked(recount: recount) { () throws(LockError) in
        if monitor[Self.turn] == turn, monitor[Self.isBroken] == 0 { breakAll() }
        return monitor[Self.turn] == turn || wasBroken(turn)
      }
      // The last one came just now.
      if !isLate { return }
    }
    try retire(turn)
    throw LockError(hasPassed == nil ? .timedOut : .broken, "Barrier")
  }

  /// Takes this thread back from those that wait, if ``reset()`` has not.
  private func retire(_ turn: Int) throws(LockError) {
    try monitor.locked(recount: recount) { () throws(LockError) in
      let own = try monitor.own(repair: repair)
      if monitor[Self.turn] == turn, monitor[own, Self.waiting] > 0 { monitor[own, Self.waiting] -= 1 }
      monitor[Self.arrived] = monitor.sum(Self.waiting)
    }
  }

  /// Breaks the barrier: those that wait, and those that come, get an error until ``reset()``.
  ///
  /// - Throws: ``LockError`` with code `corrupt`.
  public func abort() throws(LockError) {
    try monitor.locked(recount: recount) { () throws(LockError) in breakAll() }
  }

  /// Makes the barrier as new; those that wait get an error.
  ///
  /// - Throws: ``LockError`` with code `corrupt`.
  public func reset() throws(LockError) {
    try monitor.locked(recount: recount) { () throws(LockError) in
      // Who has died up to now breaks nothing any more.
      clear()
      if monitor[Self.arrived] > 0 { breakAll() }
      goOn()
      monitor[Self.isBroken] = 0
    }
  }

  /// Whether it is broken.
  ///
  /// - Throws: ``LockError`` with code `corrupt`.
  public func isBroken() throws(LockError) -> Bool {
    try monitor.locked(recount: recount) { () throws(LockError) in
      clear()
      return monitor[Self.isBroken] != 0
    }
  }

  /// How many wait at this moment.
  ///
  /// - Throws: ``LockError`` with code `corrupt`.
  public func waitingCount() throws(LockError) -> Int {
    try monitor.locked(recount: recount) { () throws(LockError) in monitor[Self.arrived] }
  }
}
