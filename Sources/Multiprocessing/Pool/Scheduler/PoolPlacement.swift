internal import SharedArraysSystem
internal import Synchronization

// On what cores workers are. The kernel often puts who is woken on the core of who wakes it, and leaves both there for milliseconds,
// also beside an idle core. That is best for a caller that waits at once: its core is free, and another one would have to be roused.
// A caller that computes meanwhile would keep the worker waiting; so workers avoid that core in their sleep if the last caller did so.

/// On what core a caller is, and whether it computes before it waits.
struct CallerPlace: Equatable {
  let core: CInt
  let computes: Bool

  static func here(computes: Bool) -> CallerPlace {
    CallerPlace(core: ComputeBudget.currentCore, computes: computes)
  }

  init(core: CInt, computes: Bool) { (self.core, self.computes) = (core, computes) }

  /// Nil for 0, which is there at the beginning.
  init?(_ word: UInt32) {
    if word == 0 { return nil }
    self.init(core: CInt(word & 0xffff) - 1, computes: word >> 31 != 0)
  }

  var word: UInt32 { UInt32(truncatingIfNeeded: core + 1) & 0xffff | (computes ? 1 << 31 : 0) }
}

extension PoolRegion {
  fileprivate var caller: CallerPlace? {
    get { CallerPlace(unsafe callerPlace.pointee.load(ordering: .relaxed)) }
    set {
      if let newValue, newValue != caller {
        unsafe callerPlace.pointee.store(newValue.word, ordering: .relaxed)
      }
    }
  }

  /// Takes note on what core a caller has woken up.
  func noteCallerAwake() { caller = .here(computes: caller?.computes ?? false) }
}

extension PoolCore {
  /// Takes note whether the caller has computed since it had a worker woken.
  func noteCaller(of job: PoolJob) {
    region.caller = .here(computes: monotonicNanoseconds() - job.wokenAt > 20_000)
  }
}

extension WorkerRecord {
  /// Lets a caller that computes run, which the calling worker has just woken: it may be on this core, where the worker would look for
  /// work before it sleeps.
  ///
  /// To be called while the state of the worker says that it is busy: it may be a while before it runs again.
  func giveWay() {
    if region.caller?.computes == true { yieldCore() }
  }

  /// Keeps the calling worker, as long as it sleeps, off the core of a caller that computes, and off those on which workers with lower
  /// numbers sleep.
  func avoidCoresInSleep() -> CoreAvoidance? {
    guard let caller = region.caller, caller.computes else { return nil }
    let avoidance = CoreAvoidance(upTo: index + 1) { cores in
      cores.append(caller.core)
      for other in 0..<index {
        let core = unsafe WorkerRecord(region: region, index: other).core.pointee.load(ordering: .relaxed)
        if core != 0 { cores.append(CInt(core) - 1) }
      }
    }
    unsafe core.pointee.store(UInt32(ComputeBudget.currentCore + 1), ordering: .relaxed)
    return avoidance
  }
}
