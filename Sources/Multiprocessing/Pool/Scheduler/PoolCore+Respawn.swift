internal import SharedArraysSystem
internal import Synchronization

/// The state of the respawning of workers.
struct PoolHealing {
  /// The parent's ends of the sockets of workers that are about to be started.
  var starting: [Int: DescriptorBox] = [:]
  /// The number of workers in a row that ended in their initializer, or before it.
  var endCount = 0
  /// The time of the next attempt to start the missing workers; nil for at once.
  var next: Deadline?
  private var pause = Duration.zero
  /// The time at which calls that wait for a first worker fail.
  private var patience: Deadline?

  static let shortestPause = Duration.milliseconds(10)
  static let longestPause = Duration.seconds(1)
  /// The longest time that calls wait while no worker can be started.
  static let mostPatience = Duration.seconds(10)

  /// Resets the back-off, because a worker has started to work.
  mutating func reset() {
    (endCount, next, pause, patience) = (0, nil, .zero, nil)
  }

  /// Doubles the pause until the next attempt, within its limits.
  mutating func slowDown() {
    pause = max(Self.shortestPause, min(pause * 2, Self.longestPause))
    next = Deadline(after: pause)
  }

  /// Returns whether attempts have failed for so long that waiting calls should fail. The first
  /// call starts the clock.
  mutating func hasNoPatience() -> Bool {
    let end = patience ?? Deadline(after: Self.mostPatience)
    patience = end.hasPassed ? nil : end
    return end.hasPassed
  }

  mutating func forgetPatience() { patience = nil }
}

/// The respawning of workers that could not be started, or that ended before they could work.
///
/// If the system refuses a start for now (no processes, descriptors or memory), the pool retries
/// with a back-off from ten milliseconds to one second, and soon after the next call. Waiting calls
/// fail only if no worker has been at work for ten seconds. A start that can never succeed breaks
/// the pool when its last worker has ended. The pool also breaks when too many workers in a row end
/// in their initializer, or before it.
extension PoolCore {
  /// Returns the time until the manager thread has to start missing workers; nil if it need not.
  func nextHealing() -> Duration? {
    missingIndex == nil || healing.next?.isNever == true ? nil : healing.next?.remaining ?? .zero
  }

  /// Starts the missing workers, if it is time for that.
  func heal() {
    guard locked({ nextHealing() == .zero }) else { return }
    do throws(ProcessError) { try startMissing() } catch { locked { noteFailedStart(error) } }
  }

  /// Moves the next attempt forward, because of a new call.
  func expediteRespawn() {
    guard let next = healing.next, !next.isNever else { return }
    healing.next = .earlier(next, Deadline(after: PoolHealing.shortestPause))
    callManager()
  }

  func noteFailedStart(_ error: ProcessError) {
    noteStarts()
    healing.slowDown()
    if isLasting(error) {
      healing.next = Deadline(after: nil)
      guard workers.isEmpty, broken == nil else { return }
      broken = PoolError(error)
      return failAll(PoolError(error))
    }
    endCallsWithoutHope(PoolError(error))
  }

  /// Returns whether a start would fail again on every attempt.
  private func isLasting(_ error: ProcessError) -> Bool {
    if error.code != .cannotStart && error.code != .forkStalled { return true }
    // A template that has ended cannot be created a second time.
    let code = error.underlying?.code
    return template != nil && (code == ErrorCode.brokenPipe || code == ErrorCode.connectionReset)
  }

  /// Records the end of a worker that has ended before it could work.
  func noteEarlyEnd(_ worker: PoolWorkerHandle, _ index: Int, inInitializer: Bool) {
    let error = worker.error(inInitializer ? .initializerFailed : .cannotStart, index, message: nil)
    if !inInitializer, case .signaled = error.termination {
      // Another process has most likely killed the worker, which says nothing about the next one.
      healing.slowDown()
      return endCallsWithoutHope(error)
    }
    healing.endCount += 1
    guard healing.endCount > 8 + 2 * wanted, broken == nil else { return }
    let place = inInitializer ? "in the initializer" : "before they could work"
    broken = worker.error(
      error.code, index, message: "\(healing.endCount) workers in a row ended \(place)")
  }

  /// Ends a series of failed starts once a worker has started to work.
  func noteStarts() {
    for (index, worker) in workers where !worker.hasBegun {
      guard WorkerRecord(region: region, index: index).hasBegun else { continue }
      worker.hasBegun = true
      healing.reset()
    }
  }

  private func endCallsWithoutHope(_ error: PoolError) {
    if isIdle || workers.values.contains(where: { $0.hasBegun }) { return healing.forgetPatience() }
    if healing.hasNoPatience() { failAll(error) }
  }
}
