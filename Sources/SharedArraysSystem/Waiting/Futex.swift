internal import CSharedArraysShims

/// A word of shared memory that threads of any process can sleep on.
///
/// The kernel keeps no state for the word, so a process that dies, asleep or not, leaves nothing to repair: a
/// survivor finds the word as it was last written. But a wake-up that reached a waiter which then died is
/// spent, and a change that a process died before announcing is never announced. Waits that depend on others
/// therefore have deadlines and look again.
///
/// The word itself is read and written by atomic operations elsewhere; change it first, then ``wake(_:)``.
@safe package struct Futex {
  /// Why a wait ended.
  package enum Outcome: Sendable {
    /// Somebody called ``Futex/wake(_:)``, or nobody did: look at the word again.
    case woken
    /// The word already was another when the wait began.
    case changed
    case timedOut
  }

  // SAFETY: an aligned word of 4 mapped bytes, which whoever makes the handle keeps mapped while it is used.
  // The kernel reads it atomically.
  fileprivate let word: UnsafeMutablePointer<UInt32>

  /// A handle for the word at this address, which must stay mapped while this is used.
  package init(at address: UnsafeMutableRawPointer) {
    precondition(UInt(bitPattern: address) % 4 == 0, "A futex lies on an aligned address.")
    unsafe word = address.assumingMemoryBound(to: UInt32.self)
  }

  /// Sleeps if the word is `value`, until it is woken or the deadline has passed.
  ///
  /// A signal does not end the wait. The corresponding C function is `futex` with `FUTEX_WAIT_BITSET`.
  package func wait(while value: UInt32, until deadline: Deadline) throws(SystemError) -> Outcome {
    do {
      _ = try systemCall("futex") { unsafe cshims_futex_wait(word, value, deadline.nanoseconds) }
      return .woken
    } catch let error where error.code == ErrorCode.wouldBlock {
      return .changed
    } catch let error where error.code == ErrorCode.timedOut {
      return .timedOut
    }
  }

  /// Wakes up to `count` waiters and returns how many there were. No fault is ever injected here. The
  /// corresponding C function is `futex` with `FUTEX_WAKE`.
  @discardableResult
  package func wake(_ count: Int = .max) -> Int {
    let woken = unsafe cshims_futex_wake(word, CInt(clamping: count))
    precondition(woken >= 0, "The word of a futex is mapped and aligned.")
    return Int(woken)
  }
}

// MARK: - Several words

extension Futex {
  /// A word, and what it is while there is nothing to wake up for.
  package struct Expectation {
    fileprivate let futex: Futex
    fileprivate let value: UInt32

    package init(_ futex: Futex, is value: UInt32) {
      self.futex = futex
      self.value = value
    }
  }

  /// The most words at which one thread can sleep.
  package static let mostExpectations = Int(CSHIMS_MOST_FUTEX_WORDS)

  /// Sleeps while all words are as expected, until one of them is woken or the deadline has passed.
  ///
  /// A signal does not end the wait. A word may be among them twice. The corresponding C function is `futex_waitv`.
  ///
  /// - Throws: `ENOSYS` if the kernel is older than 5.16; what a filter of system calls says that does not know it.
  /// - Precondition: there are 1 to ``mostExpectations`` words.
  package static func wait(
    whileAll expectations: some Collection<Expectation>, until deadline: Deadline
  ) throws(SystemError) -> Outcome {
    // SAFETY: whoever has made the handles keeps the words mapped.
    let words = unsafe expectations.map { unsafe $0.futex.word }
    let values = expectations.map(\.value)
    do {
      _ = try systemCall("futex_waitv") {
        unsafe cshims_futex_wait_any(words, values, CInt(clamping: words.count), deadline.nanoseconds)
      }
      return .woken
    } catch let error where error.code == ErrorCode.wouldBlock {
      return .changed
    } catch let error where error.code == ErrorCode.timedOut {
      return .timedOut
    }
  }
}
