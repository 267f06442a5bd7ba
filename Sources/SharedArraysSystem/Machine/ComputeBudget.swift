internal import CSharedArraysShims

/// How many workers can compute at the same time.
public enum ComputeBudget {
  /// Cores this process may use: those its affinity allows, at most its control group's quota, at least 1.
  ///
  /// The affinity is read at each call, the quota once.
  public static var cores: Int {
    let allowed = max(1, allowedCores)
    return min(allowed, ControlGroup.cpuQuota ?? allowed)
  }

  /// The cores the affinity of this process allows.
  package static var allowedCores: Int { Int(cshims_allowed_cores()) }

  /// Keeps the calling thread, and those that it starts, on one core: the one with this number, from 0, among those allowed. The
  /// corresponding C function is `sched_setaffinity`.
  package static func pin(toCore number: Int) { _ = cshims_pin_to_core(CInt(number)) }

  /// The core on which the calling thread runs: some nanoseconds. The corresponding C function is `sched_getcpu`.
  package static var currentCore: CInt { cshims_current_core() }

  /// Lets an OpenBLAS of this process, if there is any, compute with so many threads: in a worker, before it does anything else. The
  /// corresponding C function is `openblas_set_num_threads`.
  package static func setBLASThreads(_ count: Int) {
    cshims_blas_prepare()
    cshims_blas_set_worker_threads(CInt(clamping: count))
  }
}
