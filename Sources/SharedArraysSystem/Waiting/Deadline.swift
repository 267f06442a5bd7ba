internal import CSharedArraysShims

// SAFETY: the only unsafe calls are prefetches. A prefetch of any address, mapped or not, is a hint
// that neither faults nor changes memory.

/// A time on the monotonic clock at which a wait ends.
package struct Deadline: Sendable {
  /// The time in nanoseconds, or the largest number for never.
  package let nanoseconds: Int64

  /// Creates a deadline `timeout` from now; never, if `timeout` is nil. Zero and negative timeouts
  /// have already passed.
  package init(after timeout: Duration?) {
    guard let timeout else {
      nanoseconds = .max
      return
    }
    let (seconds, attoseconds) = timeout.components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (end, late) = whole.addingReportingOverflow(attoseconds / 1_000_000_000 + cshims_now())
    nanoseconds = overflow || late ? (seconds < 0 ? .min : .max) : end
  }

  package var isNever: Bool { nanoseconds == .max }

  package var hasPassed: Bool { !isNever && cshims_now() >= nanoseconds }

  /// The remaining time; 0 if the deadline has passed.
  package var remaining: Duration {
    let left = nanoseconds.subtractingReportingOverflow(cshims_now())
    return .nanoseconds(left.overflow ? (nanoseconds < 0 ? 0 : Int64.max) : max(0, left.partialValue))
  }

  /// The remaining time, rounded up, in the form that `poll` takes: -1 for no limit.
  package var milliseconds: CInt {
    if isNever { return -1 }
    let now = cshims_now()
    let left = nanoseconds > now ? nanoseconds - now : 0
    return CInt(clamping: (left + 999_999) / 1_000_000)
  }

  package static func earlier(_ a: Deadline, _ b: Deadline) -> Deadline {
    a.nanoseconds <= b.nanoseconds ? a : b
  }
}

/// Yields the core to another runnable thread. The corresponding C function is `sched_yield`.
package func yieldCore() {
  cshims_yield()
}

/// Hints to the core that this thread is in a spin loop; takes ten to fifty nanoseconds.
package func spinPause() {
  cshims_pause()
}

/// Prefetches the cache line of an address for reading.
package func prefetchToRead(_ address: UnsafeRawPointer) {
  unsafe cshims_prefetch_to_read(address)
}

/// Prefetches the cache line of an address for writing.
package func prefetchToWrite(_ address: UnsafeRawPointer) {
  unsafe cshims_prefetch_to_write(address)
}

/// Waits briefly for a step that another process finishes within a few system calls. The first 99
/// calls yield the core; later calls sleep for a tenth of a millisecond, since the process might be
/// stopped.
package func backOff(_ times: inout Int) {
  times += 1
  if times < 100 { cshims_yield() } else { cshims_sleep(100_000) }
}

/// Returns the monotonic clock's time in nanoseconds. The corresponding C function is
/// `clock_gettime`.
package func monotonicNanoseconds() -> Int64 {
  cshims_now()
}
