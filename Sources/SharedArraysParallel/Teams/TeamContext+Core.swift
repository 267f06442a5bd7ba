internal import SharedArraysSystem
internal import Synchronization

// SAFETY: This covers the whole file. The pointers lead to words of `board`, which keeps its memory
// mapped and which the worker keeps. The words are atomic, and every index of a worker is less than
// `count`.

/// Methods that move workers off each other's cores. The kernel often places a woken process on the
/// core of the process that wakes it, and then leaves both there for milliseconds, beside an idle
/// core. They take turns, or the woken process starts when the other one has finished.
extension TeamContext {
  /// Writes the current core of this worker to the board.
  func noteCore(in run: UInt32) {
    let note = Self.note(run, ComputeBudget.currentCore)
    let word = unsafe board.core(index)
    // Other processes might have the line in their caches.
    if unsafe word.pointee.load(ordering: .relaxed) != note {
      unsafe word.pointee.store(note, ordering: .relaxed)
    }
  }

  /// Moves this worker to another core if another worker of the run is on the same core. Call this
  /// only after long waits: a worker that shares a core with the worker it waits for waits long.
  ///
  /// A note can be out of date, and so can the reading of this worker's own core. The move is
  /// useless then, and the next long wait is the next chance.
  func leaveCoreOfAnother(in run: UInt32) {
    guard spins else { return }
    let own = Self.note(run, ComputeBudget.currentCore)
    for other in 0..<count where other != index {
      if unsafe board.core(other).pointee.load(ordering: .relaxed) != own { continue }
      // The kernel might move the worker back on a machine that does other work, and a move takes
      // some ten microseconds.
      let now = monotonicNanoseconds()
      if now - lastMove < 1_000_000 { return }
      lastMove = now
      // A worker that has not started this run might be on any core.
      avoidCores { other, noted in other != index && noted == run }?.end()
      return noteCore(in: run)
    }
  }

  /// Keeps this worker off the cores of other workers while it sleeps, so that it wakes on a core
  /// of its own. Each worker avoids only workers with higher numbers; the caller has the highest.
  /// Thus no two workers avoid each other, in which case both could move to the same third core.
  func avoidCoresInSleep() -> AffinityExclusion? {
    guard spins else { return nil }
    let avoidance = avoidCores { other, noted in other > index && noted != 0 }
    noteCore(in: run)
    return avoidance
  }

  /// Yields to a worker that has just been woken, if it fell asleep on the core where this worker
  /// is now. The woken worker cannot leave that core before it runs.
  func giveWay() {
    guard spins else { return }
    let core = UInt32(bitPattern: ComputeBudget.currentCore)
    for other in 0..<count where other != index {
      let note = unsafe board.core(other).pointee.load(ordering: .relaxed)
      if UInt32(truncatingIfNeeded: note) == core { return yieldCore() }
    }
  }

  /// Avoids the cores of the workers for which `isAvoided` returns true. Its arguments are the
  /// number of a worker and the run of its note, which is 0 if it has none.
  private func avoidCores(of isAvoided: (Int, UInt32) -> Bool) -> AffinityExclusion? {
    AffinityExclusion(upTo: count) { cores in
      for worker in 0..<count {
        let note = unsafe board.core(worker).pointee.load(ordering: .relaxed)
        if isAvoided(worker, UInt32(note >> 32)) { cores.append(CInt(truncatingIfNeeded: note)) }
      }
    }
  }

  private static func note(_ run: UInt32, _ core: CInt) -> UInt64 {
    UInt64(run) << 32 | UInt64(UInt32(bitPattern: core))
  }
}
