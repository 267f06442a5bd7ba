internal import SharedArraysSystem
internal import Synchronization

/// Workers that are woken on the core of another. The kernel often puts a process on the core of who wakes it, and then leaves both
/// there for milliseconds, beside an idle core: they take turns, or the one that is woken starts when the other has finished.
extension TeamWorker {
  /// Puts on the board where this worker runs.
  func noteCore(in run: UInt32) {
    let note = Self.note(run, ComputeBudget.currentCore)
    let word = unsafe board.core(index)
    // Others may have copies of the line.
    if unsafe word.pointee.load(ordering: .relaxed) != note {
      unsafe word.pointee.store(note, ordering: .relaxed)
    }
  }

  /// Moves this worker to another core if one that takes part in the run is on the same. To be called after long waits only: who
  /// shares a core with the one it waits for waits long.
  ///
  /// A note may be old, as may be the look at the own core: then this moves in vain, and the next long wait is the next chance.
  func leaveCoreOfAnother(in run: UInt32) {
    guard spins else { return }
    let own = Self.note(run, ComputeBudget.currentCore)
    for other in 0..<count where other != index {
      if unsafe board.core(other).pointee.load(ordering: .relaxed) != own { continue }
      // On a machine that does other work the kernel may bring it back: moving takes some ten microseconds.
      let now = monotonicNanoseconds()
      if now - lastMove < 1_000_000 { return }
      lastMove = now
      // One that has not begun this run may be anywhere.
      avoidCores { other, noted in other != index && noted == run }?.end()
      return noteCore(in: run)
    }
  }

  /// Keeps this worker, as long as it sleeps, off the cores of others: so it is woken on one of its own. The caller, whose number is
  /// the highest, comes first; so no two avoid each other and meet on a third core.
  func avoidCoresInSleep() -> CoreAvoidance? {
    guard spins else { return nil }
    let avoidance = avoidCores { other, noted in other > index && noted != 0 }
    noteCore(in: run)
    return avoidance
  }

  /// Lets a worker that has just been woken run, if it fell asleep on the core where this one is by now: it cannot leave before it
  /// runs.
  func giveWay() {
    guard spins else { return }
    let core = UInt32(bitPattern: ComputeBudget.currentCore)
    for other in 0..<count where other != index {
      let note = unsafe board.core(other).pointee.load(ordering: .relaxed)
      if UInt32(truncatingIfNeeded: note) == core { return yieldCore() }
    }
  }

  /// Avoids the cores of workers, which are chosen by their number and the run of their note, 0 if there is none.
  private func avoidCores(of isAvoided: (Int, UInt32) -> Bool) -> CoreAvoidance? {
    CoreAvoidance(upTo: count) { cores in
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
