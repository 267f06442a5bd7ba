internal import CSharedArraysShims

/// A temporary change of a thread's affinity that excludes some cores, so that the thread does not
/// share them with the threads that compute there. The corresponding C function is
/// `sched_setaffinity`.
package struct AffinityExclusion {
  private var cores = cshims_avoidance()

  /// Keeps the calling thread off some cores until ``end()``. Takes less than a microsecond, or a
  /// few microseconds if the thread is on one of the cores.
  ///
  /// - Parameters:
  ///   - count: The maximum number of cores.
  ///   - list: Appends the cores.
  /// - Returns: nil, and changes nothing, if the list is empty or the thread may use no other
  ///   cores.
  package init?(upTo count: Int, _ list: (inout OutputSpan<CInt>) -> Void) {
    // SAFETY: the output span bounds the list to the buffer's `count` elements, and only the
    // `listed` initialized ones are passed on. The buffer outlives the call.
    let isAvoiding = unsafe withUnsafeTemporaryAllocation(of: CInt.self, capacity: count) { room in
      var avoided = unsafe OutputSpan(buffer: room, initializedCount: 0)
      list(&avoided)
      let listed = unsafe avoided.finalize(for: room)
      guard listed > 0, let first = room.baseAddress else { return false }
      return unsafe cshims_avoid_cores(&cores, first, CInt(listed)) == 0
    }
    if !isAvoiding { return nil }
  }

  /// Restores the affinity from before. The kernel leaves the thread where it is until it has a
  /// reason to move it.
  // SAFETY: the pointer is valid for the call, which only reads it.
  package func end() { unsafe withUnsafePointer(to: cores) { unsafe cshims_stop_avoiding($0) } }
}
