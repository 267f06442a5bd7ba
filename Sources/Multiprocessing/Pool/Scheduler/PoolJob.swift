internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

/// What a pool is to do: the chunks of one call, and what came of them.
@usableFromInline
@safe final class PoolJob: @unchecked Sendable {
  // Why @unchecked: what changes is used under the lock of the pool, but for the word of waiters, which is atomic, and for
  // what came of the job, which changes no more when the word says that it has ended.

  @safe enum Input {
    case integers(from: Int)
    /// Inputs that cross as their bytes: so many bytes from one to the next, and what copies them all.
    case raw(stride: Int, copy: (UnsafeMutableRawPointer) -> Void)
    case framed([MessageBox])
  }

  let function: ObjectIdentifier
  let functionName: String
  let input: Input
  let count: Int
  let chunkSize: Int
  /// Bytes from one output to the next; nil if outputs are encoded.
  let outputStride: Int?
  /// Memory that is not the pool's, into which raw outputs are written.
  let target: OutputTarget?
  /// How long a chunk may take.
  let timeout: Duration?
  /// How often a chunk is begun anew after a worker's death.
  let retries: Int

  var chunkCount: Int { count == 0 ? 0 : (count - 1) / chunkSize + 1 }

  /// Its number among those that wait for a place.
  var pendingNumber = -1
  /// The place among the jobs at work, and the memory, while it has them.
  var slot: Int?
  var generation: UInt32 = 0
  var memory: Range<Int>?
  var attempts: [Int: Int] = [:]
  var isCancelled = false
  /// Whether all workers are shown it, and not only the one to which it was handed.
  var isOffered = false
  /// When a worker that slept was woken for it; 0 if none was.
  var wokenAt: Int64 = 0
  /// Nobody asks for its outputs any more.
  var isAbandoned = false

  /// What came of it.
  var failure: PoolError? { didSet { hasFailed = failure != nil } }
  /// The same in one byte: an error is large, and to look at it takes longer than a short task.
  private(set) var hasFailed = false
  var furtherFailures = 0
  var answers: [Int: AnswerBox] = [:]
  /// Where raw outputs stand in the pool's memory.
  var output: Int?
  @safe @exclusivity(unchecked) var observers: [@Sendable () -> Void] = []

  /// Bytes of raw outputs that stand in the job's record, and are taken from there when it ends.
  @usableFromInline let inlineByteCount: Int

  /// 0 before it has a place, 1 while it has one, 2 when it has ended; 3 before it has one, and somebody sleeps till then.
  private let word: UnsafeMutablePointer<Atomic<UInt32>>
  /// Room for outputs that stood in the job's record, behind the word.
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
    // SAFETY: aligned room for a word, and for the outputs behind it.
    unsafe word = room.bindMemory(to: Atomic<UInt32>.self, capacity: 1)
    unsafe inlineOutput = room + 16
    unsafe word.initialize(to: Atomic(0))
  }

  deinit {
    unsafe word.deinitialize(count: 1)
    unsafe UnsafeMutableRawPointer(word).deallocate()
  }

  var hasEnded: Bool { unsafe word.pointee.load(ordering: .acquiring) == 2 }

  /// Whether a job of one call without a timeout has left nothing behind, and fits another such call.
  func isClean(_ function: ObjectIdentifier, _ outputByteCount: Int, _ retries: Int) -> Bool {
    self.function == function && outputStride == outputByteCount && self.retries == retries && hasEnded
      && !hasFailed && !isCancelled && attempts.isEmpty && observers.isEmpty
  }

  func setStage(_ stage: UInt32) {
    let before = unsafe word.pointee.exchange(stage, ordering: .sequentiallyConsistent)
    if before == 3 { unsafe Futex(at: UnsafeMutableRawPointer(word)).wake() }
  }

  /// Sleeps until it has a place.
  func waitForPlace(until deadline: Deadline) {
    _ = unsafe word.pointee.compareExchange(expected: 0, desired: 3, ordering: .sequentiallyConsistent)
    unsafe _ = try? Futex(at: UnsafeMutableRawPointer(word)).wait(while: 3, until: deadline)
  }
}
