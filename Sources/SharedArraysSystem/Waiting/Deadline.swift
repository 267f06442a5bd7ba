internal import CSharedArraysShims

/// A moment on the monotonic clock at which a wait ends.
package struct Deadline: Sendable {
  /// The moment, or the largest number for never.
  package let nanoseconds: Int64

  /// Now plus `timeout`; never, if `timeout` is nil. Zero and negative timeouts have passed already.
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

  /// What is left; 0 if it has passed.
  package var remaining: Duration {
    let left = nanoseconds.subtractingReportingOverflow(cshims_now())
    return .nanoseconds(left.overflow ? (nanoseconds < 0 ? 0 : Int64.max) : max(0, left.partialValue))
  }

  /// What is left, rounded up, in the form `poll` takes: -1 for no limit.
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

/// Gives the core to another runnable thread. The corresponding C function is `sched_yield`.
package func yieldCore() {
  cshims_yield()
}

/// Tells the core that this thread waits in a loop: some ten to fifty nanoseconds.
package func spinPause() {
  cshims_pause()
}

/// Brings the line of an address near, to be read.
package func prefetchToRead(_ address: UnsafeRawPointer) {
  unsafe cshims_prefetch_to_read(address)
}

/// Brings the line of an address near, to be written to.
package func prefetchToWrite(_ address: UnsafeRawPointer) {
  unsafe cshims_prefetch_to_write(address)
}

/// Waits a moment for what another process does within a few system calls: at first as long as it takes to
/// give it the core, from the hundredth time on a tenth of a millisecond, since it may be stopped.
package func backOff(_ times: inout Int) {
  times += 1
  if times < 100 { cshims_yield() } else { cshims_sleep(100_000) }
}

/// Nanoseconds of the monotonic clock. The corresponding C function is `clock_gettime`.
package func monotonicNanoseconds() -> Int64 {
  cshims_now()
}
