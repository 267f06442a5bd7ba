internal import SharedArraysMemory
internal import SharedArraysSystem
internal import SharedArraysTransfer
internal import Synchronization

// SAFETY: the words of a region and its records are atomic, and `region` keeps them mapped. Offsets
// of inputs and outputs come from the job's plan: the parent allocated their memory, and does not
// reuse it while this worker is engaged with the job. `target` keeps memory outside the pool mapped
// while outputs are written to it.

/// The loop in which a worker finds and does work.
struct PoolWorkerLoop {
  let region: PoolRegion
  let record: WorkerRecord
  let setup: PoolSetup
  private let chunk = WorkChunk()
  /// The ring in which chunks are recorded, if statistics are collected.
  private let events: EventRing?
  private var functions: [(any WorkFunction.Type)?] = []
  private var taskCount = 0
  private var isTooLarge = false
  /// The memory outside the pool into which a job's outputs are written, kept while the worker does
  /// the job.
  private var target: (slot: Int, generation: UInt32, memory: MemoryOwner)?

  init(region: PoolRegion, record: WorkerRecord, setup: PoolSetup, bound: BoundWork?) {
    if let bound {
      functions = [bound.function]
      chunk.bound = bound.body
    }
    self.region = region
    self.record = record
    self.setup = setup
    events = EventRing(of: record)
  }

  mutating func run() {
    events?.setReady()
    setState(WorkerRecord.busy)
    while !isToLeave {
      if takeWork() { continue }
      if let slot = waitForWork() { workOn(handed: slot) }
    }
  }

  /// Does a job that only this worker knows of, and with which it is engaged.
  private mutating func workOn(handed slot: Int) {
    _ = work(on: slot)
    unsafe record.engaged.pointee.store(0, ordering: .releasing)
  }

  /// Does a job's chunks, and nothing else.
  mutating func runOnce(_ slot: Int) {
    unsafe record.engaged.pointee.store(slot + 1, ordering: .sequentiallyConsistent)
    workOn(handed: slot)
  }

  private func setState(_ state: UInt32) {
    unsafe record.state.pointee.store(state, ordering: .sequentiallyConsistent)
  }

  private var isToLeave: Bool {
    unsafe region.isClosing.pointee.load(ordering: .acquiring) != 0
      || record.index >= Int(region.workerCount.pointee.load(ordering: .acquiring)) || hasDoneEnough
  }

  private var hasDoneEnough: Bool { setup.mostTasks > 0 && taskCount >= setup.mostTasks || isTooLarge }

  /// Checks whether the worker exceeds its memory limit. A process seldom returns memory that it
  /// has allocated, so another process takes its place.
  private mutating func lookAtMemory() {
    if setup.mostBytes > 0, let own = privateMemory(ofProcess: currentProcess()) {
      isTooLarge = own > setup.mostBytes
    }
  }

  /// Looks for work for a moment, then sleeps until it is woken.
  ///
  /// - Returns: The place of a job that was handed to this worker in that time; nil if none was.
  private func waitForWork() -> Int? {
    setState(WorkerRecord.looking)
    if setup.spinNanoseconds > 0 {
      let end = monotonicNanoseconds() + Int64(setup.spinNanoseconds)
      repeat {
        for _ in 0..<64 {
          let state = unsafe record.state.pointee.load(ordering: .relaxed)
          let isHanded = state & WorkerRecord.handed != 0
          if isHanded { JobRecord(region: region, slot: Int(state & ~WorkerRecord.handed)).prefetch() }
          let isOffered = unsafe region.active.pointee.load(ordering: .relaxed) != 0
          if isHanded || isOffered && region.hasWork {
            return record.endLooking(WorkerRecord.busy)
          }
          spinPause()
        }
      } while monotonicNanoseconds() < end
    }
    if let slot = record.endLooking(WorkerRecord.asleep) { return slot }
    sleep()
    setState(WorkerRecord.busy)
    return nil
  }

  /// Sleeps until work is available or the worker has to leave. Arrays that were sent stay mapped
  /// for a second without work.
  private func sleep() {
    var waking = Deadline(after: MappingCache.isEmpty ? nil : .seconds(1))
    let avoidance = record.avoidCoresInSleep()
    // A process that publishes work or closes the pool does so before it reads this state.
    while !region.hasWork, !isToLeave,
      unsafe record.state.pointee.load(ordering: .sequentiallyConsistent) == WorkerRecord.asleep
    {
      let futex = unsafe Futex(at: region.base + record.start)
      let outcome = try? futex.wait(while: WorkerRecord.asleep, until: waking)
      if outcome == .timedOut {
        MappingCache.dropAll()
        waking = Deadline(after: nil)
      }
    }
    avoidance?.end()
  }

  private mutating func takeWork() -> Bool {
    let all = unsafe region.active.pointee.load(ordering: .acquiring)
    // Places are given out in a circle, so those from the next one on hold the oldest jobs. A
    // caller that submits one job after another therefore does not starve other callers.
    let oldest = ~UInt64(0) << UInt64(unsafe region.nextPlace.pointee.load(ordering: .relaxed) & 63)
    var parts = (all & oldest, all & ~oldest)
    while parts.0 | parts.1 != 0 {
      if parts.0 == 0 { swap(&parts.0, &parts.1) }
      let slot = parts.0.trailingZeroBitCount
      parts.0 &= parts.0 - 1
      unsafe record.engaged.pointee.store(slot + 1, ordering: .sequentiallyConsistent)
      // From here on the parent does not change the record and memory of the job, if it was still
      // active.
      let isThere =
        unsafe region.active.pointee.load(ordering: .sequentiallyConsistent) & (1 << UInt64(slot)) != 0
      let hasWorked = isThere && work(on: slot)
      unsafe record.engaged.pointee.store(0, ordering: .releasing)
      if hasWorked { return true }
    }
    return false
  }

  /// Does chunks of a job until none are left, and returns whether it settled any.
  private mutating func work(on slot: Int) -> Bool {
    let job = JobRecord(region: region, slot: slot)
    let plan = job.plan
    var settled = record.settled(slot, plan.generation)
    let before = settled
    var batch = 1
    var isFirst = true
    let (start, tasksBefore) = (plan.count > 1 ? monotonicNanoseconds() : 0, taskCount)
    if plan.target != 0 || plan.inputKind == JobRecord.framedInputs { MappingCache.beginRound() }
    while unsafe job.isStopped.pointee.load(ordering: .relaxed) == 0, !hasDoneEnough {
      if unsafe job.next.pointee.load(ordering: .relaxed) >= plan.chunkCount { break }
      if setup.mostTasks > 0 { batch = 1 }
      let first = unsafe job.next.pointee.add(batch, ordering: .acquiringAndReleasing).oldValue
      if first >= plan.chunkCount { break }
      let last = min(first + batch, plan.chunkCount)
      // Other workers might be asleep: the publisher counted on workers that were looking for work,
      // and they might have found other work.
      if isFirst, region.usedWorkers > 1, last < plan.chunkCount || region.hasWork { region.ring(1) }
      isFirst = false
      let isLast = last == plan.chunkCount
      let began = isLast ? 0 : monotonicNanoseconds()
      for number in first..<last { settled += perform(number, job, plan) }
      record.setSettled(settled, slot, plan.generation)
      lookAtMemory()
      if isLast { break }
      // Short chunks are taken several at a time, but few enough that other workers do not wait at
      // the end.
      let isShort = monotonicNanoseconds() - began < 5_000 * Int64(last - first)
      let share = (plan.chunkCount - last) / (4 * max(1, region.usedWorkers))
      batch = isShort && plan.isTimed == 0 ? max(1, min(batch * 2, 128, share)) : 1
    }
    target = nil
    if plan.count > 1, taskCount > tasksBefore {
      region.note(monotonicNanoseconds() - start, of: taskCount - tasksBefore, Int(plan.function))
    }
    if settled > before {
      let wokeCaller = job.completeIfSettled(plan, ownCount: settled)
      let isAsked = unsafe job.callsManager.pointee.load(ordering: .sequentiallyConsistent) != 0
      let isFull = unsafe region.hasPending.pointee.load(ordering: .sequentiallyConsistent) != 0
      if isAsked || isFull, unsafe job.done.pointee.load(ordering: .acquiring) & 1 == 1 {
        PoolMessage.call(region, over: setup.socket)
      }
      if wokeCaller { record.giveWay() }
    }
    return settled > before
  }

  /// Does a chunk unless another worker has claimed it, and returns the number of chunks settled by
  /// the call.
  private mutating func perform(_ number: Int, _ job: JobRecord, _ plan: JobRecord.Plan) -> Int {
    unsafe record.chunk.pointee.store(number, ordering: .releasing)
    if plan.isTimed != 0 {
      unsafe record.began.pointee.store(monotonicNanoseconds(), ordering: .releasing)
    }
    let state = unsafe job.state(number, plan)
    let own = UInt16(record.index)
    guard
      unsafe state.pointee.compareExchange(
        expected: ChunkState.free, desired: ChunkState.claimed | own, ordering: .acquiringAndReleasing
      ).exchanged
    else { return 0 }
    chunk.range = job.range(number, plan)
    taskCount += chunk.range.count
    events?.begin(number, chunk.range, job, plan)
    do {
      try prepare(number, job, plan)
      try function(plan.function).runChunk(chunk)
      try answer(number, job, plan)
      events?.finish(EventRing.done)
      unsafe state.pointee.store(ChunkState.done | own, ordering: .releasing)
      return 1
    } catch {
      tell(error, of: number, job, plan)
      events?.finish(EventRing.failed)
      unsafe state.pointee.store(ChunkState.failed | own, ordering: .releasing)
      unsafe job.isStopped.pointee.store(1, ordering: .sequentiallyConsistent)
      return 1 + job.sweep(plan, by: record.index)
    }
  }

  /// Sends the reason a chunk has failed to the parent. If that is impossible because the function
  /// has closed a descriptor that was not its own, the worker crashes: it could never send anything
  /// again. Another worker takes its place and its chunk.
  private func tell(_ failure: any Error, of number: Int, _ job: JobRecord, _ plan: JobRecord.Plan) {
    do throws(SystemError) {
      try PoolMessage.failure(
        failure, job: job.slot, generation: plan.generation, chunk: number, range: chunk.inHand,
        over: setup.socket)
    } catch {
      // Without a parent, the kernel ends this worker.
      if [ErrorCode.brokenPipe, ErrorCode.connectionReset].contains(error.code) { return }
      fatalError("A worker of a pool cannot report why a chunk failed: \(error.description)")
    }
  }

  private mutating func prepare(_ number: Int, _ job: JobRecord, _ plan: JobRecord.Plan) throws {
    chunk.kind = plan.inputKind
    chunk.inHand = chunk.range
    chunk.isOutputRaw = plan.isOutputRaw != 0
    chunk.answer = nil
    switch plan.inputKind {
    case JobRecord.integers: chunk.first = plan.input
    case JobRecord.rawInputs:
      // The stride precedes the inputs.
      let stride = unsafe (region.base + plan.input).load(as: Int.self)
      unsafe chunk.inputs = UnsafeRawPointer(region.base + plan.input + 64 + chunk.range.lowerBound * stride)
    default: chunk.framed = ResultSlot(try FramedInputs.message(number, at: plan.input, in: region))
    }
    if chunk.isOutputRaw {
      let start = plan.target == 0 ? unsafe region.base : try unsafe target(job, plan)
      unsafe chunk.outputs = start + plan.output + chunk.range.lowerBound * plan.outputStride
      chunk.outputStep = plan.outputStride
    }
  }

  /// Returns the memory into which the outputs of a job are written.
  private mutating func target(_ job: JobRecord, _ plan: JobRecord.Plan) throws -> UnsafeMutableRawPointer {
    if target?.slot != job.slot || target?.generation != plan.generation {
      let message = try FramedInputs.message(0, at: plan.target, in: region)
      target = (job.slot, plan.generation, try message.decode(as: MemoryHandle.self).owner)
    }
    return unsafe target.unsafelyUnwrapped.memory.data
  }

  /// Sends an encoded result to the parent: in the job's record if the job has only this chunk and
  /// the result is short and without descriptors, and over the socket otherwise.
  private func answer(_ number: Int, _ job: JobRecord, _ plan: JobRecord.Plan) throws {
    guard !chunk.isOutputRaw else { return }
    guard let message = chunk.answer?.take() else {
      throw TransferError(.truncated, "the function produced no outputs")
    }
    if plan.chunkCount == 1, message.descriptorCount == 0,
      message.byteCount <= JobRecord.inlineOutputByteCount
    {
      unsafe copyBytes(of: message, to: region.base + job.start + JobRecord.inlineOutput)
      job.inlineByteCount = message.byteCount
      return
    }
    let place = PoolMessage.Place(job: job.slot, generation: plan.generation, chunk: number)
    try WorkerMessage.send(
      .result, place.text, payload: message.bytes, descriptors: message.rawDescriptors,
      over: setup.socket.descriptor)
  }

  private mutating func function(_ number: UInt32) throws -> any WorkFunction.Type {
    let number = Int(number)
    if number < functions.count, let known = functions[number] { return known }
    let name = region.functionName(number) ?? "?"
    guard let found = WorkerLife.function(named: name) else {
      throw TransferError(.invalidValue, "this process has no function named \(name)")
    }
    while functions.count <= number { functions.append(nil) }
    functions[number] = found
    return found
  }
}
