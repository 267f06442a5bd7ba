internal import CSharedArraysShims

/// A word of shared memory that threads of any process can sleep on.
///
/// The kernel keeps no state for the word, so a process that dies, asleep or not, leaves nothing to
/// repair: a survivor finds the word as it was last written. Two wake-ups can get lost: one that
/// reached a waiter which then died, and one for a change that a process died before announcing.
/// Waits that depend on other processes therefore have deadlines and check the word again.
///
/// Other code reads and writes the word by atomic operations. Change the word first, then call
/// ``wake(_:)``.
@safe package struct Futex {
  /// The reason that a wait ended.
  package enum Outcome: Sendable {
    /// A thread called ``Futex/wake(_:)``, or the wake-up was spurious: check the word again.
    case woken
    /// The word already differed when the wait began.
    case changed
    case timedOut
  }

  // SAFETY: `word` is an aligned word of 4 mapped bytes. The code that creates the handle keeps it
  // mapped while the handle is used. The kernel reads it atomically.
  fileprivate let word: UnsafeMutablePointer<UInt32>

  /// Creates a handle for the word at this address, which must stay mapped while the handle is
  /// used.
  package init(at address: UnsafeMutableRawPointer) {
    precondition(UInt(bitPattern: address) % 4 == 0, "The address of a futex word must be a multiple of 4.")
    unsafe word = address.assumingMemoryBound(to: UInt32.self)
  }

  /// Sleeps if the word is `value`, until it is woken or the deadline has passed.
  ///
  /// A signal does not end the wait. The corresponding C function is `futex` with
  /// `FUTEX_WAIT_BITSET`.
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

  /// Wakes up to `count` waiters and returns the number woken. Faults are never injected here. The
  /// corresponding C function is `futex` with `FUTEX_WAKE`.
  @discardableResult
  package func wake(_ count: Int = .max) -> Int {
    let woken = unsafe cshims_futex_wake(word, CInt(clamping: count))
    precondition(woken >= 0, "futex(FUTEX_WAKE) failed: the word must be mapped and aligned.")
    return Int(woken)
  }
}

// MARK: - Several words

extension Futex {
  /// A word and the value it has while a waiter may sleep.
  package struct Expectation {
    fileprivate let futex: Futex
    fileprivate let value: UInt32

    package init(_ futex: Futex, is value: UInt32) {
      self.futex = futex
      self.value = value
    }
  }

  /// The maximum number of words on which one thread can sleep.
  package static let mostExpectations = Int(CSHIMS_MOST_FUTEX_WORDS)

  /// Sleeps while all words are as expected, until one of them is woken or the deadline has passed.
  ///
  /// A signal does not end the wait. The same word may occur twice. The corresponding C function is
  /// `futex_waitv`.
  ///
  /// - Throws: `ENOSYS` if the kernel is older than 5.16; the error of a seccomp filter that does
  ///   not know the system call.
  /// - Precondition: The number of words is 1 to ``mostExpectations``.
  package static func wait(
    whileAll expectations: some Collection<Expectation>, until deadline: Deadline
  ) throws(SystemError) -> Outcome {
    // SAFETY: the code that created the handles keeps the words mapped.
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
