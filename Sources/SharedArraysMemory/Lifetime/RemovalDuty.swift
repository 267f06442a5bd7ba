internal import Glibc
internal import SharedArraysSystem
internal import Synchronization

/// A name that this process has to remove: when its owner goes away, or else when the process exits, since
/// Swift leaves global variables as they are then.
///
/// The duties of a process form a list that only grows; those that are over are used again. There is no lock:
/// a forked child could find it held for ever. A child inherits the list, and leaves the names to its parent.
final class RemovalDuty: @unchecked Sendable {
  // Why @unchecked: whoever moves `state` to `claimed` has the name, the identity and the generation for
  // itself until it stores another state.

  private static let free = 0
  private static let claimed = 1
  private static let due = 2

  private static let first = RemovalDuty()
  private static let isRegistered: Bool = atexit { RemovalDuty.fulfilAll() } == 0

  private let state = Atomic(RemovalDuty.free)
  private var name = ""
  private var identity: FileIdentity?
  private var generation: UInt64 = 0
  private let next = AtomicLazyReference<RemovalDuty>()

  /// The duty to remove `name` as long as it leads to that object.
  static func taken(_ name: String, _ identity: FileIdentity) -> RemovalDuty {
    _ = isRegistered
    var duty = first
    while !duty.claim(from: free) { duty = duty.next.load() ?? duty.next.storeIfNil(RemovalDuty()) }
    duty.name = name
    duty.identity = identity
    duty.generation = ForkHistory.generation
    duty.state.store(due, ordering: .releasing)
    return duty
  }

  /// Removes the name, unless this process has inherited the duty. Where that fails, say for want of a
  /// descriptor, it is tried again at exit.
  func fulfil() {
    guard claim(from: Self.due) else { return }
    var isOver = true
    if generation == ForkHistory.generation {
      do throws(SharedMemoryError) {
        try NameLifecycle.unlink(name, only: identity, .block)
      } catch {
        isOver = error.code == .notFound
      }
    }
    state.store(isOver ? Self.free : Self.due, ordering: .releasing)
  }

  private static func fulfilAll() {
    var duty: RemovalDuty? = first
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
