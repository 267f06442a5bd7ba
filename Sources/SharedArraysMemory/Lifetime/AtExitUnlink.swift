internal import Glibc
internal import SharedArraysSystem
internal import Synchronization

/// A name that this process has to remove when the name's owner is released, or at the latest when
/// the process exits. Swift does not deinitialize global variables at exit.
///
/// The duties of a process form a list that only grows; entries that are free are reused. The list
/// has no lock, because a forked child could inherit it locked for ever. A child inherits the list,
/// but leaves the names to its parent.
final class AtExitUnlink: @unchecked Sendable {
  // Why @unchecked: a thread that moves `state` to `claimed` has exclusive access to the name, the
  // identity and the generation until it stores another state.

  private static let free = 0
  private static let claimed = 1
  private static let due = 2

  private static let first = AtExitUnlink()
  private static let isRegistered: Bool = atexit { AtExitUnlink.fulfilAll() } == 0

  private let state = Atomic(AtExitUnlink.free)
  private var name = ""
  private var identity: FileIdentity?
  private var generation: UInt64 = 0
  private let next = AtomicLazyReference<AtExitUnlink>()

  /// Registers the duty to remove `name` while the name leads to the object with that identity.
  static func taken(_ name: String, _ identity: FileIdentity) -> AtExitUnlink {
    _ = isRegistered
    var duty = first
    while !duty.claim(from: free) { duty = duty.next.load() ?? duty.next.storeIfNil(AtExitUnlink()) }
    duty.name = name
    duty.identity = identity
    duty.generation = ForkCounters.generation
    duty.state.store(due, ordering: .releasing)
    return duty
  }

  /// Removes the name, unless this process has inherited the duty. If that fails, for example
  /// because no descriptor is left, it is retried at exit.
  func fulfil() {
    guard claim(from: Self.due) else { return }
    var isOver = true
    if generation == ForkCounters.generation {
      do throws(SharedMemoryError) {
        try NameLifecycle.unlink(name, only: identity, .block)
      } catch {
        isOver = error.code == .notFound
      }
    }
    state.store(isOver ? Self.free : Self.due, ordering: .releasing)
  }

  private static func fulfilAll() {
    var duty: AtExitUnlink? = first
    while let this = duty {
      this.fulfil()
      duty = this.next.load()
    }
  }

  private func claim(from expected: Int) -> Bool {
    let (won, _) = state.compareExchange(
      expected: expected, desired: Self.claimed, ordering: .acquiringAndReleasing)
    return won
  }
}
