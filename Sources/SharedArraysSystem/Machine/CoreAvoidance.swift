internal import CSharedArraysShims

/// A thread that keeps off some cores for a time, so that it does not share them with who computes there. The corresponding C
/// function is `sched_setaffinity`.
package struct CoreAvoidance {
  private var cores = cshims_avoidance()

  /// Keeps the calling thread off some cores until ``end()``: less than a microsecond, or some if it is on one of them.
  ///
  /// - Parameters:
  ///   - count: the most cores that there can be.
  ///   - list: appends the cores.
  /// - Returns: nil, and changes nothing, if there are none, or the thread may use no others.
  package init?(upTo count: Int, _ list: (inout OutputSpan<CInt>) -> Void) {
    let isAvoiding = unsafe withUnsafeTemporaryAllocation(of: CInt.self, capacity: count) { room in
      var avoided = unsafe OutputSpan(buffer: room, initializedCount: 0)
      list(&avoided)
      let listed = unsafe avoided.finalize(for: room)
      guard listed > 0, let first = room.baseAddress else { return false }
      return unsafe cshims_avoid_cores(&cores, first, CInt(listed)) == 0
    }
    if !isAvoiding { return nil }
  }

  /// Lets the thread use the same cores as before. The kernel leaves it where it is until there is a reason to move it.
  package func end() { unsafe withUnsafePointer(to: cores) { unsafe cshims_stop_avoiding($0) } }
}
