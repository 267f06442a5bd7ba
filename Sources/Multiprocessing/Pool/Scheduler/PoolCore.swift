internal import SharedArraysSystem
internal import SharedArraysTransfer
internal import Synchronization

/// The parent's view of a pool: its jobs, its workers, and the manager thread that attends to both.
///
/// A call publishes its job in shared memory and waits there, without passing through the manager
/// thread. The manager thread wakes up when a worker has ended, when a result arrives on a socket,
/// and when it is called.
///
/// The state under the pool's lock has a type for each part: ``JobTable``, ``FunctionTable``,
/// ``WorkerSet``, ``RespawnPolicy``, ``IdleShutdown`` and ``StallRecovery``. They decide; the
/// pool's own methods act on shared memory and on processes.
@usableFromInline
@safe final class PoolCore: @unchecked Sendable {
  // Why @unchecked: all mutable state is used under `mutex`, but for `forkCheck`. For the same
  // reason, exclusive access is not checked each time where the check would slow a short task.

  let region: PoolRegion
  private(set) var options: Options
  /// The process from which the workers of a pool bound to a closure are forked.
  var template: ForkTemplate?
  let generation = ForkCounters.generation
  private let mutex = ForkableMutex(())

  @safe @exclusivity(unchecked) var jobs: JobTable
  @safe @exclusivity(unchecked) var functions = FunctionTable()
  var workers: WorkerSet
  var respawn = RespawnPolicy()
  var idleShutdown = IdleShutdown()
  var stallRecovery = StallRecovery()
  /// The observers of jobs that have ended. They are called without the lock.
  @safe @exclusivity(unchecked) var calls: [@Sendable () -> Void] = []
  /// Whether the manager thread is calling observers. Further observers wait until it has finished,
  /// even if a running one waits for work. The manager thread looks for them before it sleeps.
  private var isCalling = false
  /// The manager thread.
  let manager = Atomic<UInt>(0)
  /// The reason why the pool can do no more work; nil while it can.
  var broken: PoolError? { didSet { isBroken = broken != nil } }
  /// Whether `broken` is set, in one byte.
  private(set) var isBroken = false
  var isClosed = false
  /// The number of chunks that were retried, for statistics.
  var retryCount = 0
  let madeAt = monotonicNanoseconds()
  /// The time at which the manager thread, even if it is busy, checks next for deadlocked forked
  /// workers. Only the manager thread uses it.
  var forkCheck = Deadline(after: .seconds(1))
  /// The manager thread's end of a socket, and the end by which this process calls it.
  let managerSocket: DescriptorBox
  let callSocket: DescriptorBox
  /// A futex word that is 1 when the manager thread has ended.
  let ending: UnsafeMutablePointer<Atomic<UInt32>>

  init(_ options: Options) throws(PoolError) {
    self.options = options
    workers = WorkerSet(wanted: options.workers)
    do throws(SystemError) {
      region = try PoolRegion()
      jobs = JobTable(in: region)
      var pair = try SocketPair()
      callSocket = DescriptorBox(try OwnedDescriptor(duplicating: pair.other.rawValue))
      managerSocket = DescriptorBox(pair.takeOwn())
    } catch {
      throw PoolError(.cannotStart, message: error.description)
    }
    do throws(ProcessError) { template = try PoolWorker.template(options) } catch { throw PoolError(error) }
    if let bound = options.bound {
      functions.bind(ObjectIdentifier(bound.function))
      // The template already has it.
      if options.workers > 0 { self.options.bound = nil }
    }
    unsafe ending = .allocate(capacity: 1)
    unsafe ending.initialize(to: Atomic(0))
    unsafe region.workerCount.pointee.store(UInt32(options.workers), ordering: .sequentiallyConsistent)
    do throws(PoolError) { try begin() } catch {
      for worker in workers.handles.values {
        worker.process.signal(9)
        _ = try? worker.process.wait(until: Deadline(after: nil))
      }
      throw error
    }
  }

  /// Starts the workers and the manager thread.
  private func begin() throws(PoolError) {
    do throws(ProcessError) { try startMissing() } catch { throw PoolError(error) }
    if isHere { return prepareHere() }
    do throws(SystemError) { try WaitingThread.start { self.manage() } } catch {
      throw PoolError(.cannotStart, message: error.description)
    }
  }

  deinit { unsafe ending.deallocate() }

  /// Runs `body` under the lock, and then, without it, the observers of jobs that have ended.
  func locked<Result>(_ body: () -> Result) -> Result {
    var result: Result?
    var calls: [@Sendable () -> Void] = []
    mutex.withLock { _ in
      result = body()
      if !self.calls.isEmpty, !isCalling { swap(&calls, &self.calls) }
      if !calls.isEmpty, isManager { isCalling = true }
    }
    if calls.isEmpty { return result! }
    for call in calls { call() }
    if isManager { mutex.withLock { _ in isCalling = false } }
    return result!
  }

  /// Whether observers are left that were added while the manager thread was calling others.
  var hasCalls: Bool { mutex.withLock { _ in !calls.isEmpty } }

  // MARK: Jobs

  /// Submits a job, which begins at once if a slot is free.
  func submit(_ job: PoolJob) throws(PoolError) {
    try requireOwn()
    let refusal: PoolError? = locked {
      if let broken { return broken }
      if isClosed { return PoolError(.closed) }
      if job.count == 0 {
        job.setStage(2)
      } else {
        wakeUp()
        expediteRespawn()
        jobs.pending.append(job)
        feed()
      }
      return nil
    }
    if let refusal { throw refusal }
    if isHere { runHere(job) }
  }

  /// Gives the free slots to pending jobs.
  func feed() {
    while let job = jobs.pending.first, let slot = jobs.freeSlot() {
      jobs.pending.remove(job)
      do throws(SystemError) { try publish(job, slot) } catch {
        job.failure = PoolError(.insufficientMemory, message: error.description)
        end(job)
      }
    }
    // The manager thread of a closed pool has to know when the last job has ended.
    let before = unsafe region.hasPending.pointee.exchange(
      jobs.pending.isEmpty && !isClosed ? 0 : 1, ordering: .sequentiallyConsistent)
    // A job that ended before the flag was set has not called the manager thread.
    if before == 0, !jobs.pending.isEmpty { callManager() }
    if !jobs.pending.isEmpty { beginWatch() }
  }

  private func publish(_ job: PoolJob, _ slot: Int) throws(SystemError) {
    let record = JobRecord(region: region, slot: slot)
    var plan = JobRecord.Plan()
    plan.count = job.count
    plan.chunkSize = job.chunkSize
    plan.chunkCount = job.chunkCount
    plan.isTimed = job.timeout == nil ? 0 : 1
    plan.function = UInt32(try number(of: job.function, job.functionName))
    try place(job, record, &plan)
    start(job, slot, &plan)
    offerToAll(job, slot)
    if region.ring(plan.chunkCount) { job.wokenAt = monotonicNanoseconds() }
    // The manager thread has to watch the time, or the memory, from now on.
    if plan.isTimed != 0 || options.mostBytes > 0 { callManager() }
  }

  /// Puts a job into its slot. Its memory and its plan are complete except for the generation.
  func start(_ job: PoolJob, _ slot: Int, _ plan: inout JobRecord.Plan) {
    let record = JobRecord(region: region, slot: slot)
    jobs.assign(slot, to: job)
    plan.generation = job.generation
    record.plan = plan
    record.inlineByteCount = 0
    unsafe record.next.pointee.store(0, ordering: .relaxed)
    unsafe record.isStopped.pointee.store(0, ordering: .relaxed)
    unsafe record.isAwaited.pointee.store(0, ordering: .relaxed)
    unsafe record.callsManager.pointee.store(job.observers.isEmpty ? 0 : 1, ordering: .relaxed)
    unsafe record.done.pointee.store(plan.generation &* 2, ordering: .releasing)
    job.setStage(1)
  }

  /// Finds memory for inputs, outputs and chunk states, and writes what the workers read.
  private func place(_ job: PoolJob, _ record: JobRecord, _ plan: inout JobRecord.Plan) throws(SystemError) {
    var byteCount = 0
    func room(_ count: Int, inline: Int, at place: Int) -> (isInline: Bool, offset: Int) {
      if count <= inline { return (true, record.start + place) }
      defer { byteCount += roundUp(count, to: 64) }
      return (false, byteCount)
    }
    let states = room(
      plan.chunkCount * 2, inline: JobRecord.mostInlineStates * 2,
      at: plan.chunkCount <= JobRecord.mostSmallStates ? JobRecord.smallStates : JobRecord.inlineStates)
    var input = (isInline: true, offset: 0)
    switch job.input {
    case .integers(let first): input.offset = first
    case .raw(let stride, _):
      input = room(64 + stride * job.count, inline: JobRecord.inlineInputByteCount, at: JobRecord.inlineInput)
      plan.inputKind = JobRecord.rawInputs
    case .framed(let boxes):
      input = room(
        FramedInputs.byteCount(boxes), inline: JobRecord.inlineInputByteCount, at: JobRecord.inlineInput)
      plan.inputKind = JobRecord.framedInputs
    }
    var output = (isInline: true, offset: 0)
    if let stride = job.outputStride {
      output = room(
        stride * job.count, inline: JobRecord.inlineOutputByteCount,
        at: stride * job.count <= JobRecord.smallOutputByteCount
          ? JobRecord.smallOutput : JobRecord.inlineOutput)
      plan.isOutputRaw = 1
      plan.outputStride = stride
    }
    var target = (isInline: true, offset: 0)
    if let wanted = job.target {
      target = room(FramedInputs.byteCount([wanted.memory]), inline: 0, at: 0)
      plan.isOutputRaw = 1
      plan.outputStride = wanted.stride
      plan.output = wanted.offset
    }
    var start = 0
    if byteCount > 0 {
      let memory = try jobs.takeMemory(byteCount)
      job.memory = memory
      start = memory.lowerBound
    }
    plan.states = states.offset + (states.isInline ? 0 : start)
    plan.input = input.offset + (input.isInline ? 0 : start)
    if job.target == nil { plan.output = output.offset + (output.isInline ? 0 : start) }
    plan.target = target.isInline ? 0 : start + target.offset
    if let target = job.target { FramedInputs.write([target.memory], at: plan.target, in: region) }
    job.output = job.outputStride == nil || output.isInline ? nil : plan.output
    // SAFETY: `room` has placed states, inputs and outputs in the job's record or in its memory.
    // Both are mapped, and no worker uses them yet.
    unsafe (region.base + plan.states).initializeMemory(
      as: UInt8.self, repeating: 0, count: plan.chunkCount * 2)
    switch job.input {
    case .integers: break
    case .raw(let stride, let copy):
      unsafe (region.base + plan.input).storeBytes(of: stride, as: Int.self)
      unsafe copy(region.base + plan.input + 64)
    case .framed(let boxes): FramedInputs.write(boxes, at: plan.input, in: region)
    }
  }

  /// Returns the name of a function, by which a worker finds it.
  func name<Function: WorkFunction>(of function: Function.Type) throws(PoolError) -> String {
    let key = ObjectIdentifier(function)
    if let known = locked({ functions.name(of: key) }) { return known }
    let name = try ProcessPool.name(of: function)
    locked { functions.keep(name, of: key) }
    return name
  }

  private func number(of function: ObjectIdentifier, _ name: String) throws(SystemError) -> Int {
    if let known = functions.number(of: function) { return known }
    return try functions.add(function, name, memoryOf: &jobs)
  }

  // MARK: Ends

  /// Collects the outcome of a job, if all of its chunks are settled.
  func collectIfDone(_ job: PoolJob) {
    guard let slot = job.slot, !job.hasEnded else { return }
    let record = JobRecord(region: region, slot: slot)
    guard unsafe record.done.pointee.load(ordering: .acquiring) == job.generation &* 2 | 1 else { return }
    let plan = record.plan
    if unsafe record.isStopped.pointee.load(ordering: .acquiring) != 0 || plan.isOutputRaw == 0 { drainAll() }
    if plan.isOutputRaw == 0, record.inlineByteCount > 0 {
      // SAFETY: the worker wrote this number of bytes there before it settled the chunk.
      let count = min(record.inlineByteCount, JobRecord.inlineOutputByteCount)
      let bytes = unsafe RawSpan(
        _unsafeStart: region.base + record.start + JobRecord.inlineOutput, byteCount: count)
      if let message = try? TransferMessage(bytes: bytes) { job.answers[0] = ResultSlot(message) }
    } else if job.inlineByteCount > 0 {
      // SAFETY: the record holds this number of bytes of outputs.
      unsafe job.inlineOutput.copyMemory(from: region.base + plan.output, byteCount: job.inlineByteCount)
    }
    if !job.hasFailed, unsafe record.isStopped.pointee.load(ordering: .acquiring) != 0 {
      job.failure =
        job.isCancelled ? PoolError(.cancelled) : PoolError(.died, message: "no worker reported a reason")
    }
    end(job)
  }

  /// Ends a job. Its slot and its memory are reused when no worker uses them any more.
  func end(_ job: PoolJob) {
    if let slot = job.slot {
      if job.isOffered {
        unsafe region.active.pointee.bitwiseAnd(~(1 << UInt64(slot)), ordering: .sequentiallyConsistent)
      }
      jobs.retire(slot)
      if job.hasFailed || job.output == nil || job.isAbandoned { jobs.release(job) }
      // A caller about to sleep on `done` sees the new value and returns.
      let done = unsafe JobRecord(region: region, slot: slot).done
      let wanted = job.generation &* 2 | 1
      if unsafe done.pointee.load(ordering: .sequentiallyConsistent) != wanted {
        unsafe done.pointee.store(wanted, ordering: .sequentiallyConsistent)
      }
    }
    completeFailure(of: job)
    if !job.observers.isEmpty {
      calls += job.observers
      job.observers = []
    }
    job.setStage(2)
    if let slot = job.slot {
      let record = JobRecord(region: region, slot: slot)
      if unsafe record.isAwaited.pointee.load(ordering: .sequentiallyConsistent) != 0 {
        record.wakeWaiters()
      }
    }
    if !jobs.pending.isEmpty { feed() }
    if isClosed { callManager() }
  }

  /// Gives up the outputs of a job that no caller asks for any more.
  @usableFromInline
  func abandon(_ job: PoolJob) {
    if job.count == 0 || job.outputStride == nil || job.inlineByteCount > 0 { return }
    // In a forked process, the copy of the parent's lock protects nothing.
    if generation != ForkCounters.generation { return }
    locked {
      job.isAbandoned = true
      if job.hasEnded { jobs.release(job) }
    }
  }
}
