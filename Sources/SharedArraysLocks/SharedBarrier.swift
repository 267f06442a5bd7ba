public import SharedArraysMemory
internal import SharedArraysSystem
internal import SharedArraysTransfer

/// A barrier at which a fixed number of parties wait until all of them have arrived.
///
///     let barrier = try SharedBarrier(parties: 4)
///     for step in steps {
///       compute(step)
///       try barrier.wait()
///     }
///
/// A process becomes a party when it first waits or calls ``register()``. **When a party dies**,
/// waiting or not, the barrier is broken for all others within about 50 ms. The same happens when a
/// party gives up waiting or calls ``abort()``. A worker that ends because its work is done has
/// left, and does not break the barrier.
///
/// Calls wait until another party's action ends. They also wait for a process that was stopped (by
/// SIGSTOP) in the middle of a call, until it continues or dies. Once a party waits, no timeout
/// limits this.
public struct SharedBarrier: SharedObject {
  public let object: SharedObjectMemory
  private let monitor: Monitor
  /// The number of parties that must arrive.
  public let parties: Int

  public static var objectKind: SharedObjectKind { .barrier }

  // Words: the number of completed turns; the number of arrived threads; whether the barrier is
  // broken; one more than the turn that was last broken or reset; whether an action runs or the
  // parties are being released; one bit for each of the latest 64 turns, set if the turn was
  // broken. In a record: the number of threads of its process that have arrived.
  private static let turn = 0
  private static let arrived = 1
  private static let isBroken = 2
  private static let spoiled = 3
  private static let acts = 4
  private static let brokenTurns = 5
  private static let waiting = 0

  /// Creates a barrier.
  ///
  /// - Parameters:
  ///   - parties: The number of parties that must arrive.
  ///   - participants: The maximum number of processes that use the barrier at a time, at most
  ///     32,768.
  /// - Throws: ``SharedMemoryError``, with the same codes as for an array in that place.
  /// - Precondition: `parties` is at least 1, and `participants` is in 1...32,768.
  public init(
    parties: Int, participants: Int = 128, _ place: SharedObjectPlace = .unnamed
  ) throws(SharedMemoryError) {
    if parties < 1 { fatalError("A barrier needs at least one party, not \(parties).") }
    guard let byteCount = Monitor.byteCount(participants: participants) else {
      fatalError("A barrier can have 1 to 32,768 participants, not \(participants).")
    }
    // SAFETY: the closure initializes the mutex at the start of a new state, which is large enough.
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
    // A process has died while an action ran or the parties were being released.
    if monitor[Self.acts] != 0 { breakAll() }
  }

  /// Takes back what an ended process held. The caller is a process that waits or one that needs
  /// the record.
  private func repair(_ record: Int) {
    let hasDied = monitor.participation.participants.presence(record) == .dead
    // The barrier is broken first, so that the death is not forgotten if this process dies, too.
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

  /// Returns whether a turn was broken, or might have been broken too long ago to be known. A party
  /// that was stopped for that long must not take a broken turn for a completed one.
  private func wasBroken(_ turn: Int) -> Bool {
    if monitor[Self.turn] &- turn < 64 { return monitor[Self.brokenTurns] & bit(turn) != 0 }
    return monitor[Self.spoiled] &- 1 &- turn >= 0
  }

  private func clear() {
    for record in 0..<monitor.count {
      monitor.participation.participants.reclaim(record, repair: repair)
    }
  }

  /// Makes this process a party before it waits. From now on, its death breaks the barrier.
  ///
  /// - Throws: ``LockError`` with code `unavailable`.
  public func register() throws(LockError) {
    _ = try monitor.locked(recount: recount) { () throws(LockError) in try monitor.own(repair: repair) }
  }

  /// Waits until all parties have arrived.
  ///
  /// - Parameters:
  ///   - timeout: The maximum time to wait, after which the barrier is broken; 0 or less means a
  ///     single attempt, nil means no limit. If an action runs, or a process was stopped in a call,
  ///     the party does not start to wait and breaks nothing.
  ///   - action: A closure that the last party runs before the others continue. If it throws, the
  ///     barrier is broken.
  /// - Returns: The number of parties that were missing when this one arrived: 0 for the last.
  /// - Throws: ``LockError`` with code `broken`, `timedOut`, `unavailable`; or the error of
  ///   `action`.
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
        // If the action forks and throws in the child, the child must not break the barrier.
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

  /// Releases all waiting parties.
  ///
  /// If this process dies in the middle, the barrier is broken, because records that have not been
  /// cleared would count for the next turn.
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
      // The mutex could not be locked because its holder runs the action. This thread must still
      // withdraw its arrival.
      if error.code != .timedOut { throw error }
    }
    if hasPassed == true { return }
    if hasPassed == nil {
      let isLate = try monitor.locked(recount: recount) { () throws(LockError) in
        if monitor[Self.turn] == turn, monitor[Self.isBroken] == 0 { breakAll() }
        return monitor[Self.turn] == turn || wasBroken(turn)
      }
      // The last party has arrived just now.
      if !isLate { return }
    }
    try retire(turn)
    throw LockError(hasPassed == nil ? .timedOut : .broken, "Barrier")
  }

  /// Withdraws this thread's arrival, unless ``reset()`` has already done so.
  private func retire(_ turn: Int) throws(LockError) {
    try monitor.locked(recount: recount) { () throws(LockError) in
      let own = try monitor.own(repair: repair)
      if monitor[Self.turn] == turn, monitor[own, Self.waiting] > 0 { monitor[own, Self.waiting] -= 1 }
      monitor[Self.arrived] = monitor.sum(Self.waiting)
    }
  }

  /// Breaks the barrier. Parties that wait, and parties that arrive later, get an error until
  /// ``reset()``.
  ///
  /// - Throws: ``LockError`` with code `corrupt`.
  public func abort() throws(LockError) {
    try monitor.locked(recount: recount) { () throws(LockError) in breakAll() }
  }

  /// Resets the barrier to its initial state. Waiting parties get an error.
  ///
  /// - Throws: ``LockError`` with code `corrupt`.
  public func reset() throws(LockError) {
    try monitor.locked(recount: recount) { () throws(LockError) in
      // Parties that have died before the reset no longer break the barrier.
      clear()
      if monitor[Self.arrived] > 0 { breakAll() }
      goOn()
      monitor[Self.isBroken] = 0
    }
  }

  /// Returns whether the barrier is broken.
  ///
  /// - Throws: ``LockError`` with code `corrupt`.
  public func isBroken() throws(LockError) -> Bool {
    try monitor.locked(recount: recount) { () throws(LockError) in
      clear()
      return monitor[Self.isBroken] != 0
    }
  }

  /// Returns the number of threads that are currently waiting.
  ///
  /// - Throws: ``LockError`` with code `corrupt`.
  public func waitingCount() throws(LockError) -> Int {
    try monitor.locked(recount: recount) { () throws(LockError) in monitor[Self.arrived] }
  }
}
