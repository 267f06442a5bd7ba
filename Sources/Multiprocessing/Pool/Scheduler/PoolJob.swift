internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

/// The work of one call: its chunks and their outcome.
@usableFromInline
@safe final class PoolJob: @unchecked Sendable {
  // Why @unchecked: mutable state is used under the lock of the pool, with two exceptions. The
  // stage word is atomic, and the outcome no longer changes when the word says that the job has
  // ended.

  @safe enum Input {
    case integers(from: Int)
    /// Inputs that are sent as raw bytes: the bytes from one to the next, and a closure that copies
    /// them all.
    case raw(stride: Int, copy: (UnsafeMutableRawPointer) -> Void)
    case framed([EncodedMessage])
  }

  let function: ObjectIdentifier
  let functionName: String
  let input: Input
  let count: Int
  let chunkSize: Int
  /// The number of bytes from one output to the next; nil if outputs are encoded.
  let outputStride: Int?
  /// Memory outside the pool, into which raw outputs are written.
  let target: OutputTarget?
  /// The longest time a chunk may take.
  let timeout: Duration?
  /// The number of times a chunk is retried after a worker's death.
  let retries: Int

  var chunkCount: Int { count == 0 ? 0 : (count - 1) / chunkSize + 1 }

  /// The number of the job among those that wait for a slot.
  var pendingNumber = -1
  /// The slot in shared memory, with its generation and memory, while the job has one.
  var slot: Int?
  var generation: UInt32 = 0
  var memory: Range<Int>?
  var attempts: [Int: Int] = [:]
  var isCancelled = false
  /// Whether the job is offered to all workers, and not only to the worker it was handed to.
  var isOffered = false
  /// The time at which a sleeping worker was woken for the job; 0 if none was.
  var wokenAt: Int64 = 0
  /// Whether no caller asks for the outputs any more.
  var isAbandoned = false

  /// The first failure of the job; nil if it has not failed.
  var failure: PoolError? { didSet { hasFailed = failure != nil } }
  /// Whether `failure` is set, in one byte: reading the large error takes longer than a short task.
  private(set) var hasFailed = false
  var additionalFailureCount = 0
  var answers: [Int: ResultSlot] = [:]
  /// The offset of raw outputs in the pool's memory.
  var output: Int?
  @safe @exclusivity(unchecked) var observers: [@Sendable () -> Void] = []

  /// The number of bytes of raw outputs in the job's record. They are copied from there when the
  /// job ends.
  @usableFromInline let inlineByteCount: Int

  /// The stage, a futex word: 0 before the job has a slot, 1 while it has one, 2 when it has ended.
  /// The stage 3 is 0 with a thread that sleeps until the job has a slot.
  private let word: UnsafeMutablePointer<Atomic<UInt32>>
  /// The memory behind the word, for the outputs from the job's record.
  @usableFromInline let inlineOutput: UnsafeMutableRawPointer

  init(
    function: ObjectIdentifier, functionName: String, input: Input, count: Int, chunkSize: Int,
    outputStride: Int?, target: OutputTarget? = nil, timeout: Duration?, retries: Int
  ) {
    self.function = function
    self.functionName = functionName
    self.input = input
    self.count = count
    self.chunkSize = chunkSize
    self.outputStride = outputStride
    self.target = target
    self.timeout = timeout
    self.retries = retries
    let byteCount = (outputStride ?? 0) * count
    inlineByteCount = byteCount <= JobRecord.inlineOutputByteCount ? byteCount : 0
    let room = UnsafeMutableRawPointer.allocate(byteCount: 16 + inlineByteCount, alignment: 16)
    // SAFETY: the allocation is aligned and has room for the word and for the outputs behind it. It
    // lives as long as the job.
    unsafe word = room.bindMemory(to: Atomic<UInt32>.self, capacity: 1)
    unsafe inlineOutput = room + 16
    unsafe word.initialize(to: Atomic(0))
  }

  deinit {
    unsafe word.deinitialize(count: 1)
    unsafe UnsafeMutableRawPointer(word).deallocate()
  }

  var hasEnded: Bool { unsafe word.pointee.load(ordering: .acquiring) == 2 }

  /// Returns whether this job of a single call has left nothing behind and fits another such call
  /// without a timeout.
  func isClean(_ function: ObjectIdentifier, _ outputByteCount: Int, _ retries: Int) -> Bool {
    self.function == function && outputStride == outputByteCount && self.retries == retries && hasEnded
      && !hasFailed && !isCancelled && attempts.isEmpty && observers.isEmpty
  }

  func setStage(_ stage: UInt32) {
    let before = unsafe word.pointee.exchange(stage, ordering: .sequentiallyConsistent)
    if before == 3 { unsafe Futex(at: UnsafeMutableRawPointer(word)).wake() }
  }

  /// Sleeps until the job has a slot.
  func waitForPlace(until deadline: Deadline) {
    _ = unsafe word.pointee.compareExchange(expected: 0, desired: 3, ordering: .sequentiallyConsistent)
    unsafe _ = try? Futex(at: UnsafeMutableRawPointer(word)).wait(while: 3, until: deadline)
  }
}
