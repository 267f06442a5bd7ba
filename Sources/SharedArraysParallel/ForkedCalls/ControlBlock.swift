internal import Multiprocessing
internal import SharedArraysSystem
internal import Synchronization

/// The shared memory of the parent and its forked workers during one call.
///
/// Layout: one line for the claim counter, one for the stop flag, a slot of half a page for each
/// worker, a byte for each chunk, then the results.
///
/// Crash safety: no part of the block is locked. A worker alone writes its slot. It writes the
/// number of a chunk into its slot before it claims the chunk, so a worker that is killed at any
/// instruction leaves a slot that names the only chunk it can have started. Whether the chunk is
/// finished is recorded in the chunk's own byte, which is written last. The parent reads a slot
/// after the worker has ended. The memory is freed when the last process unmaps it.
@safe struct ControlBlock: ~Copyable {
  private let mapping: MemoryMapping
  let workers: Int
  let chunks: Int
  private let resultStride: Int

  static let stopOffset = 128
  static let slotsOffset = 256
  static let slotByteCount = 2048
  /// The offset of an error in a slot, behind the `UInt32` and `Int` words.
  static let errorOffset = 16

  init(workers: Int, chunks: Int, resultStride: Int) throws(SystemError) {
    self.workers = workers
    self.chunks = chunks
    self.resultStride = resultStride
    let (results, overflow) = chunks.multipliedReportingOverflow(by: resultStride)
    // More than any machine has, and small enough that the sums below do not overflow.
    if overflow || results > Int.max / 4 || chunks > Int.max / 4 {
      throw SystemError(call: "mmap", code: ErrorCode.noMemory)
    }
    let before = Self.resultsOffset(workers: workers, chunks: chunks)
    mapping = try MemoryMapping(sharedWithChildren: before + results)
  }

  private static func resultsOffset(workers: Int, chunks: Int) -> Int {
    roundUp(slotsOffset + workers * slotByteCount + chunks, to: 64)
  }

  // MARK: Words

  private func word<Value: AtomicRepresentable>(at offset: Int, _: Value.Type) -> UnsafeMutablePointer<
    Atomic<Value>
  > {
    // SAFETY: Offsets are multiples of the word's size within the zeroed mapping, each is used with
    // one type only, and zero is a valid value.
    unsafe mapping.address.sharedWord(at: offset)
  }

  private func slot(_ worker: Int) -> Int { Self.slotsOffset + worker * Self.slotByteCount }

  // MARK: In a worker

  /// Claims the next chunk. Returns nil if no chunk is left, or if another worker has failed.
  func claim(by worker: Int) -> Int? {
    let next = unsafe word(at: 0, Int.self)
    var chunk = unsafe next.pointee.load(ordering: .relaxed)
    while chunk < chunks, !isStopped {
      setCurrent(chunk, of: worker)
      let (won, seen) = unsafe next.pointee.weakCompareExchange(
        expected: chunk, desired: chunk + 1, ordering: .acquiringAndReleasing)
      if won { return chunk }
      chunk = seen
    }
    setCurrent(nil, of: worker)
    return nil
  }

  func setCurrent(_ chunk: Int?, of worker: Int) {
    unsafe word(at: slot(worker) + 8, Int.self).pointee.store((chunk ?? -1) + 1, ordering: .releasing)
  }

  /// Records that a worker has started. Returns false if the parent has given up on the worker.
  func start(_ worker: Int) -> Bool { settle(.begun, worker) }

  /// Decides once for each process of a worker whether it has started or is given up, so that no
  /// worker is killed as stalled after it has started work. Returns whether `start` is the
  /// decision.
  private func settle(_ start: WorkerStart, _ worker: Int) -> Bool {
    unsafe word(at: slot(worker), UInt32.self).pointee.compareExchange(
      expected: WorkerStart.open.rawValue, desired: start.rawValue, ordering: .acquiringAndReleasing
    ).exchanged
  }

  func setFinished(chunk: Int) {
    // SAFETY: The bytes of the chunks are located behind the slots, and chunk < chunks.
    unsafe (mapping.address + chunkOffset(chunk)).storeBytes(of: 1, as: UInt8.self)
  }

  func setState(_ state: WorkerState, of worker: Int) {
    unsafe word(at: slot(worker) + 4, UInt32.self).pointee.store(state.rawValue, ordering: .releasing)
  }

  func stop() { unsafe word(at: Self.stopOffset, UInt32.self).pointee.store(1, ordering: .relaxed) }

  var isStopped: Bool { unsafe word(at: Self.stopOffset, UInt32.self).pointee.load(ordering: .relaxed) != 0 }

  /// Returns the buffer for the type and text of a worker's error.
  private func errorRoom(of worker: Int) -> ErrorBuffer {
    // SAFETY: Only that worker writes the slot, and the mapping lives as long as this block.
    unsafe ErrorBuffer(
      at: mapping.address + slot(worker) + Self.errorOffset, byteCount: Self.slotByteCount - Self.errorOffset)
  }

  func setError(type: String, text: String, of worker: Int) {
    errorRoom(of: worker).keep(type: type, text: text)
  }

  // MARK: In the parent

  func hasStarted(_ worker: Int) -> Bool {
    unsafe word(at: slot(worker), UInt32.self).pointee.load(ordering: .acquiring)
      == WorkerStart.begun.rawValue
  }

  /// Prevents a worker's process from starting. Returns false if it has started already.
  func giveUp(_ worker: Int) -> Bool { settle(.givenUp, worker) }

  /// Allows a new process to start in place of one that was given up and has ended.
  func reopen(_ worker: Int) {
    unsafe word(at: slot(worker), UInt32.self).pointee.store(WorkerStart.open.rawValue, ordering: .releasing)
  }

  func state(of worker: Int) -> WorkerState {
    WorkerState(rawValue: unsafe word(at: slot(worker) + 4, UInt32.self).pointee.load(ordering: .acquiring))
      ?? .running
  }

  /// Returns the chunk that an ended worker was working on. Returns nil if it had none, or if that
  /// chunk is finished already.
  func current(of worker: Int) -> Int? {
    let chunk = unsafe word(at: slot(worker) + 8, Int.self).pointee.load(ordering: .acquiring) - 1
    return chunk < 0 || chunk >= chunks || isFinished(chunk: chunk) ? nil : chunk
  }

  func isFinished(chunk: Int) -> Bool {
    unsafe (mapping.address + chunkOffset(chunk)).load(as: UInt8.self) != 0
  }

  func error(of worker: Int) -> (type: String, text: String) { errorRoom(of: worker).contents }

  private func chunkOffset(_ chunk: Int) -> Int { slot(workers) + chunk }

  /// Returns the address of the result of a chunk.
  func result(of chunk: Int) -> UnsafeMutableRawPointer {
    unsafe mapping.address + Self.resultsOffset(workers: workers, chunks: chunks) + chunk * resultStride
  }
}

/// Whether a worker's process has started.
private enum WorkerStart: UInt32 {
  case open = 0
  case begun = 1
  case givenUp = 2
}

/// The progress of a worker, as reported by itself.
enum WorkerState: UInt32 {
  case running = 0
  case finished = 1
  case failed = 2
}
