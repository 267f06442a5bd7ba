internal import SharedArraysSystem
internal import Synchronization

// The placement of workers on cores. The kernel often puts a woken thread on the core of the thread
// that woke it, and leaves both there for milliseconds, even beside an idle core. That is best for
// a caller that waits at once: its core is free, and another core would have to be woken. A caller
// that computes in the meantime would keep the worker waiting. Workers therefore avoid that core in
// their sleep if the last caller computed.
//
// SAFETY: the region is mapped and its words are aligned.

/// The core of a caller, and whether the caller computes before it waits.
struct CallerPlace: Equatable {
  let core: CInt
  let computes: Bool

  static func here(computes: Bool) -> CallerPlace {
    CallerPlace(core: ComputeBudget.currentCore, computes: computes)
  }

  init(core: CInt, computes: Bool) { (self.core, self.computes) = (core, computes) }

  /// Nil for 0, the initial value.
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

  /// Records the core on which a caller has woken up.
  func noteCallerAwake() { caller = .here(computes: caller?.computes ?? false) }
}

extension PoolCore {
  /// Records whether the caller has computed since a worker was woken for it.
  func noteCaller(of job: PoolJob) {
    region.caller = .here(computes: monotonicNanoseconds() - job.wokenAt > 20_000)
  }
}

extension WorkerRecord {
  /// Yields the core to a caller that computes and that the calling worker has just woken. The
  /// caller may be on this core, where the worker would look for work before it sleeps.
  ///
  /// Call this while the state of the worker is busy, because it may take a while until the worker
  /// runs again.
  func giveWay() {
    if region.caller?.computes == true { yieldCore() }
  }

  /// Keeps the calling worker, while it sleeps, off the core of a caller that computes, and off the
  /// cores on which workers with lower numbers sleep.
  func avoidCoresInSleep() -> AffinityExclusion? {
    guard let caller = region.caller, caller.computes else { return nil }
    let avoidance = AffinityExclusion(upTo: index + 1) { cores in
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
