internal import CSharedArraysShims

/// The number of workers that can compute at the same time.
public enum ComputeBudget {
  /// The number of cores this process may use: those its affinity allows, at most its control
  /// group's quota, at least 1.
  ///
  /// The affinity is read at each call, the quota once.
  public static var cores: Int {
    let allowed = max(1, allowedCores)
    return min(allowed, ControlGroup.cpuQuota ?? allowed)
  }

  /// The number of cores the affinity of this process allows.
  package static var allowedCores: Int { Int(cshims_allowed_cores()) }

  /// Pins the calling thread, and the threads that it starts, to one core. `number` is the core's
  /// index, from 0, among the allowed ones. The corresponding C function is `sched_setaffinity`.
  package static func pin(toCore number: Int) { _ = cshims_pin_to_core(CInt(number)) }

  /// The core that the calling thread runs on; reading it takes some nanoseconds. The corresponding
  /// C function is `sched_getcpu`.
  package static var currentCore: CInt { cshims_current_core() }

  /// Sets the number of threads of this process's OpenBLAS, if it is loaded. A worker calls this
  /// before it does anything else. The corresponding C function is `openblas_set_num_threads`.
  package static func setBLASThreads(_ count: Int) {
    cshims_blas_prepare()
    cshims_blas_set_worker_threads(CInt(clamping: count))
  }
}
