internal import SharedArraysSystem
internal import SharedArraysTransfer
internal import Synchronization

/// A pool as its parent sees it: jobs, workers, and the thread that looks after both.
///
/// A call publishes its job in shared memory and waits there; the thread is not on its way. The thread wakes up when a worker
/// has ended, when a result comes by a socket, and when it is called.
@usableFromInline
@safe final class PoolCore: @unchecked Sendable {
  // Why @unchecked: all that changes is used under `mutex`. That is also why exclusive access is not checked each time where a
  // short task would notice.

  let region: PoolRegion
  private(set) var options: Options
  /// From which the workers of a pool bound to a closure are forked.
  var template: ForkTemplate?
  let generation = ForkHistory.generation
  private let mutex = ForkableMutex(())

  var workers: [Int: PoolWorkerHandle] = [:]
  var wanted: Int
  @safe @exclusivity(unchecked) var jobs = [PoolJob?](repeating: nil, count: PoolRegion.mostJobs)
  @safe @exclusivity(unchecked) var pending = PendingJobs()
  /// A bit for each place of a job that is free.
  @safe @exclusivity(unchecked) var freeSlots = UInt64.max
  /// A bit for each job that has ended, but whose place and memory a worker that has not noticed may still use.
  @safe @exclusivity(unchecked) var retiring: UInt64 = 0
  private var retiringMemory: [(slot: Int, range: Range<Int>)] = []
  var storage = PoolStorage()
  /// What is known of functions: to look a type up by its name takes longer than most tasks.
  var functionNumbers: [ObjectIdentifier: Int] = [:]
  @safe @exclusivity(unchecked) var latestFunction: (key: ObjectIdentifier, number: Int)?
  /// The latest job of one call.
  @safe @exclusivity(unchecked) var latestSingle: PoolJob?
  private var functionNames: [ObjectIdentifier: String] = [:]
  @safe @exclusivity(unchecked) private var generations = [UInt32](repeating: 0, count: PoolRegion.mostJobs)
  /// Observers of jobs that have ended, to be called without the lock.
  @safe @exclusivity(unchecked) var calls: [@Sendable () -> Void] = []
  /// Whether the thread is calling some: others wait until it has, also if one of them waits for work. It looks for those before
  /// it sleeps.
  private var isCalling = false
  /// The thread of the pool.
  let manager = Atomic<UInt>(0)
  /// Why nothing can be done any more.
  var broken: PoolError? { didSet { isBroken = broken != nil } }
  /// The same in one byte.
  private(set) var isBroken = false
  var isClosed = false
  var healing = PoolHealing()
  /// For statistics: how many workers have died, and how many chunks were begun anew.
  var deathCount = 0
  var retryCount = 0
  let madeAt = monotonicNanoseconds()
  /// Whether workers have left, or are leaving, since there was no work; the next job brings them back.
  var isResting = false
  /// How many jobs have been begun, ever, and up to the last look for want of work.
  var begunCount = 0
  var begunBefore = 0
  var restLook: Deadline?
  /// Whether the thread looks at intervals whether work is held up, and when next.
  var isWatching = false
  var rescueLook: Deadline?
  /// The numbers of workers that threads of this process have, in a pool of no workers.
  var hereIndices: Set<Int> = []
  /// The thread's own end of a socket, and the one by which this process calls it.
  let bell: DescriptorBox
  let clapper: DescriptorBox
  /// 1 when the thread has ended; a futex word.
  let ending: UnsafeMutablePointer<Atomic<UInt32>>

  init(_ options: Options) throws(PoolError) {
    self.options = options
    wanted = options.workers
    do throws(SystemError) {
      region = try PoolRegion()
      var pair = try SocketPair()
      clapper = DescriptorBox(try OwnedDescriptor(duplicating: pair.other.rawValue))
      bell = DescriptorBox(pair.takeOwn())
    } catch {
      throw PoolError(.cannotStart, message: error.description)
    }
    do throws(ProcessError) { template = try PoolWorker.template(options) } catch { throw PoolError(error) }
    if let bound = options.bound {
      let key = ObjectIdentifier(bound.function)
      functionNumbers[key] = 0
      functionNames[key] = ""
      // The template has it.
      if options.workers > 0 { self.options.bound = nil }
    }
    unsafe ending = .allocate(capacity: 1)
    unsafe ending.initialize(to: Atomic(0))
    unsafe region.workerCount.pointee.store(UInt32(wanted), ordering: .sequentiallyConsistent)
    do throws(PoolError) { try begin() } catch {
      for worker in workers.values {
        worker.process.signal(9)
        _ = try? worker.process.wait(until: Deadline(after: nil))
      }
      throw error
    }
  }

  /// Starts the workers, and the thread that looks after them.
  private func begin() throws(PoolError) {
    do throws(ProcessError) { try startMissing() } catch { throw PoolError(error) }
    if isHere { return prepareHere() }
    do throws(SystemError) { try WaitingThread.start { self.manage() } } catch {
      throw PoolError(.cannotStart, message: error.description)
    }
  }

  deinit { unsafe ending.deallocate() }

  /// Runs `body` under the lock, then, without it, the observers of what has ended.
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

  /// Whether observers are left that came while the thread was calling others.
  var hasCalls: Bool { mutex.withLock { _ in !calls.isEmpty } }

  // MARK: Jobs

  /// Takes in a job, which is begun at once if there is a place.
  func submit(_ job: PoolJob) throws(PoolError) {
    try requireOwn()
    let refusal: PoolError? = locked {
      if let broken { return broken }
      if isClosed { return PoolError(.closed) }
      if job.count == 0 {
        job.setStage(2)
      } else {
        wakeUp()
        hurryHealing()
        pending.append(job)
        feed()
      }
      return nil
    }
    if let refusal { throw refusal }
    if isHere { runHere(job) }
  }

  /// Gives waiting jobs the places that are free.
  func feed() {
    while let job = pending.first, let slot = freeSlot() {
      pending.remove(job)
      do throws(SystemError) { try publish(job, slot) } catch {
        job.failure = PoolError(.noMemory, message: error.description)
        end(job)
      }
    }
    // The thread of a closed pool wants to know when the last job has ended.
    let before = unsafe region.hasPending.pointee.exchange(
      pending.isEmpty && !isClosed ? 0 : 1, ordering: .sequentiallyConsistent)
    // A job that ended before this was said has called nobody.
    if before == 0, !pending.isEmpty { callManager() }
    if !pending.isEmpty { beginWatch() }
  }

  /// Takes back places and memory that no worker uses any more.
  func reclaim() {
    var used: UInt64 = 0
    for index in 0..<region.usedWorkers {
      let record = WorkerRecord(region: region, index: index)
      if let engaged = record.engagedSlot { used |= 1 << UInt64(engaged) }
    }
    freeSlots |= retiring & ~used
    retiring &= used
    for (slot, range) in retiringMemory where retiring & 1 << UInt64(slot) == 0 { storage.give(range) }
    retiringMemory.removeAll { retiring & 1 << UInt64($0.slot) == 0 }
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
    // The thread has to look at the clock, or at memory, from now on.
    if plan.isTimed != 0 || options.mostBytes > 0 { callManager() }
  }

  /// Gives out a job whose memory and plan are ready but for the generation.
  func start(_ job: PoolJob, _ slot: Int, _ plan: inout JobRecord.Plan) {
    let record = JobRecord(region: region, slot: slot)
    generations[slot] = (generations[slot] &+ 1) & 0x7fff_ffff
    plan.generation = generations[slot]
    record.plan = plan
    record.inlineByteCount = 0
    job.slot = slot
    job.generation = plan.generation
    jobs[slot] = job
    freeSlots &= ~(1 << UInt64(slot))
    let next = UInt32(slot + 1) & 63
    // Workers look at this line all the time.
    if unsafe region.nextPlace.pointee.load(ordering: .relaxed) != next {
      unsafe region.nextPlace.pointee.store(next, ordering: .relaxed)
    }
    begunCount += 1
    unsafe record.next.pointee.store(0, ordering: .relaxed)
    unsafe record.isStopped.pointee.store(0, ordering: .relaxed)
    unsafe record.isAwaited.pointee.store(0, ordering: .relaxed)
    unsafe record.callsManager.pointee.store(job.observers.isEmpty ? 0 : 1, ordering: .relaxed)
    unsafe record.done.pointee.store(plan.generation &* 2, ordering: .releasing)
    job.setStage(1)
  }

  /// Finds room for inputs, outputs and states, and writes what is there to be read.
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
      if !retiringMemory.isEmpty { reclaim() }
      let memory = try storage.take(byteCount, in: region)
      job.memory = memory
      start = memory.lowerBound
    }
    plan.states = states.offset + (states.isInline ? 0 : start)
    plan.input = input.offset + (input.isInline ? 0 : start)
    if job.target == nil { plan.output = output.offset + (output.isInline ? 0 : start) }
    plan.target = target.isInline ? 0 : start + target.offset
    if let target = job.target { FramedInputs.write([target.memory], at: plan.target, in: region) }
    job.output = job.outputStride == nil || output.isInline ? nil : plan.output
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

  /// The name of a function, which leads back to it.
  func name<Function: WorkFunction>(of function: Function.Type) throws(PoolError) -> String {
    let key = ObjectIdentifier(function)
    if let known = locked({ functionNames[key] }) { return known }
    let name = try ProcessPool.name(of: function)
    locked { functionNames[key] = name }
    return name
  }

  private func number(of function: ObjectIdentifier, _ name: String) throws(SystemError) -> Int {
    if let known = functionNumbers[function] { return known }
    let number = functionNumbers.count
    guard number < PoolRegion.mostFunctions else {
      throw SystemError(call: "fallocate", code: ErrorCode.noMemory)
    }
    let bytes = Array(name.utf8)
    let place = try storage.take(bytes.count, in: region).lowerBound
    for (index, byte) in bytes.enumerated() {
      unsafe (region.base + place + index).storeBytes(of: byte, as: UInt8.self)
    }
    region.setFunction(number, at: place, count: bytes.count)
    functionNumbers[function] = number
    return number
  }

  // MARK: Ends

  /// Takes in what came of a job, if all of its chunks are settled.
  func collectIfDone(_ job: PoolJob) {
    guard let slot = job.slot, !job.hasEnded else { return }
    let record = JobRecord(region: region, slot: slot)
    guard unsafe record.done.pointee.load(ordering: .acquiring) == job.generation &* 2 | 1 else { return }
    let plan = record.plan
    if unsafe record.isStopped.pointee.load(ordering: .acquiring) != 0 || plan.isOutputRaw == 0 { drainAll() }
    if plan.isOutputRaw == 0, record.inlineByteCount > 0 {
      // SAFETY: the worker wrote so many bytes there before it settled the chunk.
      let count = min(record.inlineByteCount, JobRecord.inlineOutputByteCount)
      let bytes = unsafe RawSpan(
        _unsafeStart: region.base + record.start + JobRecord.inlineOutput, byteCount: count)
      if let message = try? TransferMessage(bytes: bytes) { job.answers[0] = AnswerBox(message) }
    } else if job.inlineByteCount > 0 {
      // SAFETY: so many bytes of outputs stand there.
      unsafe job.inlineOutput.copyMemory(from: region.base + plan.output, byteCount: job.inlineByteCount)
    }
    if !job.hasFailed, unsafe record.isStopped.pointee.load(ordering: .acquiring) != 0 {
      job.failure = PoolError(job.isCancelled ? .cancelled : .died, message: "a worker told no reason")
    }
    end(job)
  }

  /// Ends a job, whose place and memory others can have when no worker uses them any more.
  func end(_ job: PoolJob) {
    if let slot = job.slot {
      if job.isOffered {
        unsafe region.active.pointee.bitwiseAnd(~(1 << UInt64(slot)), ordering: .sequentiallyConsistent)
      }
      jobs[slot] = nil
      retiring |= 1 << UInt64(slot)
      if job.hasFailed || job.output == nil || job.isAbandoned { release(job) }
      // Who is about to sleep until it is done does not.
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
    if !pending.isEmpty { feed() }
    if isClosed { callManager() }
  }

  /// Gives back the memory of a job that has ended.
  func release(_ job: PoolJob) {
    guard let memory = job.memory, let slot = job.slot else { return }
    job.memory = nil
    if generations[slot] == job.generation, retiring & 1 << UInt64(slot) != 0 {
      retiringMemory.append((slot, memory))
    } else {
      storage.give(memory)
    }
  }

  /// Lets go of the outputs of a job that nobody asks for any more.
  @usableFromInline
  func abandon(_ job: PoolJob) {
    if job.count == 0 || job.outputStride == nil || job.inlineByteCount > 0 { return }
    // The lock of the parent says nothing in a process that was forked from it.
    if generation != ForkHistory.generation { return }
    locked {
      job.isAbandoned = true
      if job.hasEnded { release(job) }
    }
  }
}
