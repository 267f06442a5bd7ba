internal import SharedArraysMemory
internal import SharedArraysSystem
internal import SharedArraysTransfer
internal import Synchronization

/// How a worker finds and does work.
struct PoolWorkerLoop {
  let region: PoolRegion
  let record: WorkerRecord
  let setup: PoolSetup
  private let chunk = WorkChunk()
  /// Where chunks are noted down, if they are.
  private let events: EventRing?
  private var functions: [(any WorkFunction.Type)?] = []
  private var taskCount = 0
  private var isTooLarge = false
  /// Memory that is written to for a job, while it works on that.
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

  /// Memory that a worker has taken it seldom gives back, so another process takes its place.
  private mutating func lookAtMemory() {
    if setup.mostBytes > 0, let own = privateMemory(ofProcess: currentProcess()) {
      isTooLarge = own > setup.mostBytes
    }
  }

  /// Looks for work for a moment, then sleeps until the parent rings.
  ///
  /// - Returns: the place of a job that was handed to this worker meanwhile.
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

  /// Arrays that were sent stay mapped for a second without work.
  private func sleep() {
    var waking = Deadline(after: KeptMappings.isEmpty ? nil : .seconds(1))
    let avoidance = record.avoidCoresInSleep()
    // Who publishes work or closes the pool does so first and looks at this state then.
    while !region.hasWork, !isToLeave,
      unsafe record.state.pointee.load(ordering: .sequentiallyConsistent) == WorkerRecord.asleep
    {
      let futex = unsafe Futex(at: region.base + record.start)
      let outcome = try? futex.wait(while: WorkerRecord.asleep, until: waking)
      if outcome == .timedOut {
        KeptMappings.dropAll()
        waking = Deadline(after: nil)
      }
    }
    avoidance?.end()
  }

  private mutating func takeWork() -> Bool {
    let all = unsafe region.active.pointee.load(ordering: .acquiring)
    // Places are given out round and round, so those from the next one on have the oldest jobs: who gives out one job after
    // another does not keep others waiting for ever.
    let oldest = ~UInt64(0) << UInt64(unsafe region.nextPlace.pointee.load(ordering: .relaxed) & 63)
    var parts = (all & oldest, all & ~oldest)
    while parts.0 | parts.1 != 0 {
      if parts.0 == 0 { swap(&parts.0, &parts.1) }
      let slot = parts.0.trailingZeroBitCount
      parts.0 &= parts.0 - 1
      unsafe record.engaged.pointee.store(slot + 1, ordering: .sequentiallyConsistent)
      // From here on the parent leaves record and memory of the job as they are, if it was there still.
      let isThere =
        unsafe region.active.pointee.load(ordering: .sequentiallyConsistent) & (1 << UInt64(slot)) != 0
      let hasWorked = isThere && work(on: slot)
      unsafe record.engaged.pointee.store(0, ordering: .releasing)
      if hasWorked { return true }
    }
    return false
  }

  /// Does chunks of a job until there are none.
  private mutating func work(on slot: Int) -> Bool {
    let job = JobRecord(region: region, slot: slot)
    let plan = job.plan
    var settled = record.settled(slot, plan.generation)
    let before = settled
    var batch = 1
    var isFirst = true
    let (start, tasksBefore) = (plan.count > 1 ? monotonicNanoseconds() : 0, taskCount)
    if plan.target != 0 || plan.inputKind == JobRecord.framedInputs { KeptMappings.beginRound() }
    while unsafe job.isStopped.pointee.load(ordering: .relaxed) == 0, !hasDoneEnough {
      if unsafe job.next.pointee.load(ordering: .relaxed) >= plan.chunkCount { break }
      if setup.mostTasks > 0 { batch = 1 }
      let first = unsafe job.next.pointee.add(batch, ordering: .acquiringAndReleasing).oldValue
      if first >= plan.chunkCount { break }
      let last = min(first + batch, plan.chunkCount)
      // Others sleep, perhaps, since whoever published this counted on workers that had other work then.
      if isFirst, region.usedWorkers > 1, last < plan.chunkCount || region.hasWork { region.ring(1) }
      isFirst = false
      let isLast = last == plan.chunkCount
      let began = isLast ? 0 : monotonicNanoseconds()
      for number in first..<last { settled += perform(number, job, plan) }
      record.setSettled(settled, slot, plan.generation)
      lookAtMemory()
      if isLast { break }
      // Short chunks are taken several at a time, but never so many that others would wait for them at the end.
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

  /// Does a chunk, unless somebody has it; returns how many were settled thereby.
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

  /// Tells the parent why a chunk has failed. A worker that cannot tell, since the function has closed what was not its own, ends
  /// by that: it could never tell anything again, and another one takes its place and the chunk.
  private func tell(_ failure: any Error, of number: Int, _ job: JobRecord, _ plan: JobRecord.Plan) {
    do throws(SystemError) {
      try PoolMessage.failure(
        failure, job: job.slot, generation: plan.generation, chunk: number, range: chunk.inHand,
        over: setup.socket)
    } catch {
      // Without a parent it is ended by the kernel.
      if [ErrorCode.brokenPipe, ErrorCode.connectionReset].contains(error.code) { return }
      fatalError("A worker of a pool cannot tell what came of its work: \(error.description)")
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
      // The stride stands ahead of the inputs.
      let stride = unsafe (region.base + plan.input).load(as: Int.self)
      unsafe chunk.inputs = UnsafeRawPointer(region.base + plan.input + 64 + chunk.range.lowerBound * stride)
    default: chunk.framed = AnswerBox(try FramedInputs.message(number, at: plan.input, in: region))
    }
    if chunk.isOutputRaw {
      let start = plan.target == 0 ? unsafe region.base : try unsafe target(job, plan)
      unsafe chunk.outputs = start + plan.output + chunk.range.lowerBound * plan.outputStride
      chunk.outputStep = plan.outputStride
    }
  }

  /// The memory into which the outputs of a job go.
  private mutating func target(_ job: JobRecord, _ plan: JobRecord.Plan) throws -> UnsafeMutableRawPointer {
    if target?.slot != job.slot || target?.generation != plan.generation {
      let message = try FramedInputs.message(0, at: plan.target, in: region)
      target = (job.slot, plan.generation, try message.decode(as: MemoryHandle.self).owner)
    }
    return unsafe target.unsafelyUnwrapped.memory.data
  }

  /// Hands on an encoded result: in the job's record, if it is the only one and short, else over the socket.
  private func answer(_ number: Int, _ job: JobRecord, _ plan: JobRecord.Plan) throws {
    guard !chunk.isOutputRaw else { return }
    guard let message = chunk.answer?.take() else {
      throw TransferError(.truncated, "the function gave no outputs")
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
      throw TransferError(.invalidValue, "no function is called \(name) in this process")
    }
    while functions.count <= number { functions.append(nil) }
    functions[number] = found
    return found
  }
}
