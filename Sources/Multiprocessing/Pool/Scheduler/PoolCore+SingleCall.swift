internal import SharedArraysSystem
internal import Synchronization

/// The fast path for one call whose input and output are sent as raw bytes. Nothing is encoded, and
/// no generic code runs that was not specialized at the call site.
extension PoolCore {
  /// Submits one call, if the pool knows the function and has a slot for it.
  ///
  /// - Parameters:
  ///   - integer: The input, if it is an integer. Otherwise `input` holds its bytes.
  /// - Returns: Nil if the fast path does not apply.
  @usableFromInline
  @unsafe func submitOne(
    _ function: ObjectIdentifier, integer: Int?, input: UnsafeRawBufferPointer, outputByteCount: Int,
    timeout: Duration?, retries: Int
  ) -> PoolJob? {
    // SAFETY: the record of the first worker is mapped. Its cache line is fetched while the job is
    // made.
    unsafe prefetchToWrite(region.base + PoolRegion.workers)
    guard !isHere, generation == ForkCounters.generation, outputByteCount <= JobRecord.inlineOutputByteCount,
      input.count <= JobRecord.inlineInputByteCount - 64
    else { return nil }
    return locked {
      guard !isBroken, !isClosed, !idleShutdown.isResting, jobs.pending.isEmpty, timeout == nil,
        options.mostBytes == 0,
        let number = functions.recentNumber(of: function), let slot = jobs.freeSlot()
      else { return nil }
      let job = jobs.single(function, outputByteCount, retries)
      let place = PoolRegion.jobs + slot * PoolRegion.jobByteCount
      var plan = JobRecord.Plan()
      plan.function = UInt32(number)
      plan.count = 1
      plan.chunkSize = 1
      plan.chunkCount = 1
      plan.isOutputRaw = 1
      plan.states = place + JobRecord.smallStates
      plan.output =
        place
        + (outputByteCount <= JobRecord.smallOutputByteCount ? JobRecord.smallOutput : JobRecord.inlineOutput)
      plan.outputStride = outputByteCount
      // SAFETY: the guard has checked that input and output fit into the slot's record, which
      // `region` keeps mapped. No worker uses it yet.
      unsafe (region.base + plan.states).storeBytes(of: ChunkState.free, as: UInt16.self)
      if let integer {
        plan.input = integer
      } else {
        plan.inputKind = JobRecord.rawInputs
        plan.input = place + JobRecord.inlineInput
        unsafe (region.base + plan.input).storeBytes(of: input.count, as: Int.self)
        unsafe (region.base + plan.input + 64).copyMemory(from: input.baseAddress!, byteCount: input.count)
      }
      // While another job is in flight, each worker that looks for work may already be counted on
      // for that job.
      let isAlone = jobs.isIdle
      start(job, slot, &plan)
      if !isAlone || !hand(slot) {
        offerToAll(job, slot)
        if region.ring(1) { job.wokenAt = monotonicNanoseconds() }
      }
      return job
    }
  }

  /// Hands a job to a worker that is looking for work, and returns whether one was. Another worker
  /// gets the job if that one is killed or stopped before it has started.
  private func hand(_ slot: Int) -> Bool {
    for index in 0..<region.usedWorkers where WorkerRecord(region: region, index: index).hand(slot) {
      return true
    }
    return false
  }

  /// Offers a job that is in its slot to all workers.
  func offerToAll(_ job: PoolJob, _ slot: Int) {
    job.isOffered = true
    unsafe region.active.pointee.bitwiseOr(1 << UInt64(slot), ordering: .sequentiallyConsistent)
  }
}
