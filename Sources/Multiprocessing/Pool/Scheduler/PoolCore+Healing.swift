internal import SharedArraysSystem
internal import Synchronization

/// How it goes with the replacement of workers.
struct PoolHealing {
  /// The parent's ends of the sockets of workers that are about to be started.
  var starting: [Int: DescriptorBox] = [:]
  /// How many workers in a row ended in their initializer, or left before it.
  var endCount = 0
  /// When those that are missing are started; nil for at once.
  var next: Deadline?
  private var pause = Duration.zero
  /// When calls end that wait for a first worker.
  private var patience: Deadline?

  static let shortestPause = Duration.milliseconds(10)
  static let longestPause = Duration.seconds(1)
  /// How long calls wait for workers all of which cannot be started.
  static let mostPatience = Duration.seconds(10)

  /// A worker has begun to work.
  mutating func reset() {
    (endCount, next, pause, patience) = (0, nil, .zero, nil)
  }

  /// Waits longer and longer from one attempt to the next.
  mutating func slowDown() {
    pause = max(Self.shortestPause, min(pause * 2, Self.longestPause))
    next = Deadline(after: pause)
  }

  /// Whether attempts have failed for so long that calls should end.
  mutating func hasNoPatience() -> Bool {
    let end = patience ?? Deadline(after: Self.mostPatience)
    patience = end.hasPassed ? nil : end
    return end.hasPassed
  }

  mutating func forgetPatience() { patience = nil }
}

/// Workers that could not be started, or ended before they could work.
///
/// A start that the system refuses for now (no processes, descriptors or memory) is tried again, from ten milliseconds later up
/// to once a second, and soon after the next call. Calls that wait meanwhile end by an error only if no worker has been at work
/// for ten seconds. What can never succeed breaks the pool when its last worker has ended, and workers that end in their
/// initializer, or leave before it, break it when too many have done so in a row.
extension PoolCore {
  /// When the thread has to start workers that are missing.
  func nextHealing() -> Duration? {
    missingIndex == nil || healing.next?.isNever == true ? nil : healing.next?.remaining ?? .zero
  }

  /// Starts the workers that are missing, if it is time for that.
  func heal() {
    guard locked({ nextHealing() == .zero }) else { return }
    do throws(ProcessError) { try startMissing() } catch { locked { noteFailedStart(error) } }
  }

  /// Lets a call try again what has failed.
  func hurryHealing() {
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

  /// Whether a start would fail again, however often it is tried.
  private func isLasting(_ error: ProcessError) -> Bool {
    if error.code != .cannotStart && error.code != .forkStalled { return true }
    // A template that has ended cannot be had a second time.
    let code = error.underlying?.code
    return template != nil && (code == ErrorCode.brokenPipe || code == ErrorCode.connectionReset)
  }

  /// Takes note of a worker that has ended before it could work.
  func noteEarlyEnd(_ worker: PoolWorkerHandle, _ index: Int, inInitializer: Bool) {
    let error = worker.error(inInitializer ? .initializerFailed : .cannotStart, index, message: nil)
    if !inInitializer, case .signaled = error.termination {
      // Most likely somebody else has ended it, which says nothing of the next.
      healing.slowDown()
      return endCallsWithoutHope(error)
    }
    healing.endCount += 1
    guard healing.endCount > 8 + 2 * wanted, broken == nil else { return }
    let place = inInitializer ? "in the initializer" : "before they could work"
    broken = worker.error(
      error.code, index, message: "\(healing.endCount) workers in a row ended \(place)")
  }

  /// Each worker that has begun to work ends a row of failed starts.
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
