internal import SharedArraysSystem
internal import Synchronization

/// The respawning of workers that could not be started, or that ended before they could work.
///
/// ``RespawnPolicy`` says when the pool tries again. A start that can never succeed breaks the pool
/// when its last worker has ended. The pool also breaks when too many workers in a row end in their
/// initializer, or before it.
extension PoolCore {
  /// Returns the time until the manager thread has to start missing workers; nil if it need not.
  func nextRespawn() -> Duration? { missingIndex == nil ? nil : respawn.remaining }

  /// Starts the missing workers, if it is time for that.
  func respawnMissing() {
    guard locked({ nextRespawn() == .zero }) else { return }
    do throws(ProcessError) { try startMissing() } catch { locked { noteFailedStart(error) } }
  }

  /// Moves the next attempt forward, because of a new call.
  func expediteRespawn() { if respawn.expedite() { callManager() } }

  func noteFailedStart(_ error: ProcessError) {
    noteStarts()
    respawn.slowDown()
    if isLasting(error) {
      respawn.giveUp()
      guard workers.handles.isEmpty, broken == nil else { return }
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
      respawn.slowDown()
      return endCallsWithoutHope(error)
    }
    guard respawn.noteEarlyEnd(wanted: workers.wanted), broken == nil else { return }
    let place = inInitializer ? "in the initializer" : "before they could work"
    broken = worker.error(
      error.code, index, message: "\(respawn.earlyEndCount) workers in a row ended \(place)")
  }

  /// Ends a series of failed starts once a worker has started to work.
  func noteStarts() {
    for (index, worker) in workers.handles where !worker.hasBegun {
      guard WorkerRecord(region: region, index: index).hasBegun else { continue }
      worker.hasBegun = true
      respawn.reset()
    }
  }

  private func endCallsWithoutHope(_ error: PoolError) {
    if jobs.isEmpty || workers.hasWorkerAtWork { return respawn.forgetPatience() }
    if respawn.hasNoPatience() { failAll(error) }
  }
}
