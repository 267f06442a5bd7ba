internal import CSharedArraysShims
internal import Synchronization

/// A gate that keeps `fork` and BLAS calls of this process apart.
///
/// OpenBLAS joins its threads before a fork, and that join never returns while another thread is
/// inside a threaded kernel. A fork of this package therefore waits until the running calls have
/// ended, and is not made if they run past its deadline. Calls that arrive in the meantime wait for
/// the fork. Every BLAS call of this package passes this gate. A program that calls BLAS by other
/// means wraps those calls in ``whileNotForking(_:)``.
///
/// The state is one word of private memory: the low half counts running calls, the high half counts
/// forks in progress. The word dies with its process. A child that this package forks sets its own
/// copy of the word to zero.
public enum ForkGate {
  private static let oneFork: UInt64 = 1 << 32

  private static var word: UnsafeMutablePointer<Atomic<UInt64>> {
    // SAFETY: the C word is 8 bytes, 8-aligned, lives as long as the process, and is used as an
    // atomic only.
    unsafe UnsafeMutableRawPointer(cshims_fork_gate()).assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  /// Runs a BLAS call during which no worker of this package is forked.
  ///
  /// - Complexity: Two atomic operations where no fork is in progress.
  public static func whileNotForking<Result: ~Copyable, Failure: Error>(
    _ call: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    enter()
    defer { leave() }
    return try call()
  }

  private static func enter() {
    // A nested call must not wait for a fork that waits for the outer call.
    let depth = unsafe cshims_fork_gate_depth()
    unsafe depth.pointee += 1
    if unsafe depth.pointee > 1 { return }
    while unsafe word.pointee.add(1, ordering: .acquiring).oldValue >= oneFork {
      unsafe word.pointee.subtract(1, ordering: .releasing)
      wait { unsafe word.pointee.load(ordering: .relaxed) < oneFork }
    }
  }

  private static func leave() {
    let depth = unsafe cshims_fork_gate_depth()
    unsafe depth.pointee -= 1
    if unsafe depth.pointee == 0 { unsafe word.pointee.subtract(1, ordering: .releasing) }
  }

  /// Waits by yielding first and sleeping later. A fork takes about a tenth of a millisecond; a
  /// BLAS call can take any time.
  private static func wait(_ isOver: () -> Bool) {
    var turns = 0
    while !isOver() {
      turns += 1
      if turns < 100 { yieldCore() } else { cshims_sleep(100_000) }
    }
  }

  /// Runs `fork` while no BLAS call is running. Returns nil if one was still running at the
  /// deadline.
  static func whileNoCallIsUnderWay<Result>(until deadline: Deadline, _ fork: () -> Result) -> Result? {
    unsafe word.pointee.add(oneFork, ordering: .acquiring)
    defer { unsafe word.pointee.subtract(oneFork, ordering: .releasing) }
    var isFree = false
    wait {
      isFree = unsafe word.pointee.load(ordering: .acquiring) & (oneFork - 1) == 0
      return isFree || deadline.hasPassed
    }
    return isFree ? fork() : nil
  }

  /// Resets the gate in a forked child, where the parent's other threads do not exist.
  static func resetInChild() {
    unsafe word.pointee.store(0, ordering: .relaxed)
    unsafe cshims_fork_gate_depth().pointee = 0
  }
}
