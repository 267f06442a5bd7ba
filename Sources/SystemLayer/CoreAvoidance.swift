internal import CShims

/// A thread that keeps off some cores for a time, so that it does not share them with who computes there. The corresponding C
/// function is `sched_setaffinity`.
package struct CoreAvoidance {
  private var cores = cshims_avoidance()

  /// Keeps the calling thread off these cores until ``end()``: less than a microsecond, or some if it is on one of them.
  ///
  /// - Returns: nil, and changes nothing, if there are none, or the thread may use no others.
  package init?(of avoided: Span<CInt>) {
    if avoided.isEmpty { return nil }
    let result = unsafe avoided.withUnsafeBufferPointer { avoided in
      unsafe cshims_avoid_cores(&cores, avoided.baseAddress!, CInt(avoided.count))
    }
    if result < 0 { return nil }
  }

  /// Lets the thread use the same cores as before. The kernel leaves it where it is until there is a reason to move it.
  package func end() { unsafe withUnsafePointer(to: cores) { unsafe cshims_stop_avoiding($0) } }
}
