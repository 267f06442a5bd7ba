internal import Multiprocessing
internal import SharedArraysSystem
internal import Synchronization

/// The shared memory of a team and its members: the number of the run, the barrier, and a record
/// for each worker.
///
/// Layout, each part on cache lines of its own: the number of the run, together with its kind and a
/// small parameter; whether the caller sleeps; the turn of the barrier; its arrivals; whether it is
/// broken; a large parameter; a word for each worker that states whether it sleeps; the records;
/// values that are exchanged; errors.
///
/// Crash safety: no part of the board is locked. A record is written by its worker alone, and by
/// the caller once the worker has ended. A worker that is killed at any instruction leaves a record
/// of the run that it started last and the run that it finished last. The caller learns of the
/// worker's end from the kernel, finishes the run in its stead, and breaks the barrier for the
/// other workers. It resets both the record and the barrier before the next run, which also
/// discards an incomplete arrival at the barrier.
@safe final class TeamBoard: @unchecked Sendable {
  // @unchecked: this class never changes, and its words are atomic or have one writer at a time.

  private let mapping: MemoryMapping
  /// The number of workers, including the caller if it takes part.
  let count: Int
  private let parameterByteCount: Int
  private let parameterOffset: Int

  /// The maximum size of an exchanged value, in bytes.
  static let valueByteCount = 256
  private static let line = 128
  private static let recordByteCount = 2 * line
  private static let errorByteCount = 2048
  /// The offsets of a parameter that fits on the line of the run's number. Waiting members then
  /// fetch one line instead of two.
  private static let smallParameters = 16..<64

  init(count: Int, parameterByteCount: Int) throws(SystemError) {
    self.count = count
    let isSmall = parameterByteCount <= Self.smallParameters.count
    parameterOffset = isSmall ? Self.smallParameters.lowerBound : 5 * Self.line
    self.parameterByteCount = isSmall ? 0 : roundUp(parameterByteCount, to: Self.line)
    let each = Self.recordByteCount + 2 * Self.valueByteCount + Self.errorByteCount
    mapping = try MemoryMapping(
      sharedWithChildren: 5 * Self.line + self.parameterByteCount + roundUp(count * 4, to: Self.line)
        + count * each)
  }

  private func word<Value: AtomicRepresentable>(at offset: Int, _: Value.Type = UInt32.self)
    -> UnsafeMutablePointer<Atomic<Value>>
  {
    // SAFETY: Offsets are multiples of the word's size within the zeroed mapping, each is used with
    // one type only, and zero is a valid value.
    unsafe mapping.address.sharedWord(at: offset)
  }

  // MARK: Shared words

  /// The number of the current or last run; a futex word.
  var run: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(at: 0) }
  /// Whether that run is a run of an operation instead of the team's closure.
  var isOperation: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(at: 8) }
  /// The reason why the caller sleeps: a ``CallerWait``.
  var callerSleeps: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(at: Self.line) }
  /// The number of turns of the barrier that have ended; a futex word.
  var turn: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(at: 2 * Self.line) }
  /// The number of workers that wait at the barrier.
  var arrived: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(at: 3 * Self.line) }
  /// The number of times all workers have passed the barrier in this run.
  var passed: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(at: 3 * Self.line + 4) }
  /// Whether the barrier cannot be passed any more in this run.
  var isBroken: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(at: 4 * Self.line) }
  /// Whether members must exit.
  var isClosing: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(at: 4 * Self.line + 4) }

  /// The address of the parameter of the run.
  var parameter: UnsafeMutableRawPointer { unsafe mapping.address + parameterOffset }

  /// Whether a worker sleeps, at the barrier or between runs.
  func sleeps(_ worker: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    unsafe word(at: sleepers + worker * 4)
  }

  // MARK: Words of a worker

  /// The run that the worker started last.
  func begun(_ worker: Int) -> UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(at: record(worker)) }
  /// Whether the worker waits at the barrier.
  func isAtBarrier(_ worker: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    unsafe word(at: record(worker) + 4)
  }
  /// The bounds of the last partition that the worker requested in this run. The lower bound is -1
  /// if it requested none.
  func lower(_ worker: Int) -> UnsafeMutablePointer<Atomic<Int>> {
    unsafe word(at: record(worker) + 8, Int.self)
  }
  func upper(_ worker: Int) -> UnsafeMutablePointer<Atomic<Int>> {
    unsafe word(at: record(worker) + 16, Int.self)
  }
  /// The core of the worker at the last note, with the number of the run in the upper half.
  func core(_ worker: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    unsafe word(at: record(worker) + 24, UInt64.self)
  }
  /// The run that the worker finished last.
  func finished(_ worker: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    unsafe word(at: record(worker) + Self.line)
  }
  /// The outcome of that run: a ``TeamOutcome``.
  func outcome(_ worker: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    unsafe word(at: record(worker) + Self.line + 4)
  }

  /// Returns the address of a value that a worker passes to the others. Each worker has two
  /// buffers, which it uses in turn.
  func value(_ worker: Int, room: Int) -> UnsafeMutableRawPointer {
    unsafe mapping.address + values + (worker * 2 + room) * Self.valueByteCount
  }

  func error(_ worker: Int) -> ErrorBuffer {
    // SAFETY: The buffer lies within the mapping, which this object keeps.
    unsafe ErrorBuffer(
      at: mapping.address + errors + worker * Self.errorByteCount, byteCount: Self.errorByteCount)
  }

  private var sleepers: Int { 5 * Self.line + parameterByteCount }
  private var records: Int { sleepers + roundUp(count * 4, to: Self.line) }
  private func record(_ worker: Int) -> Int { records + worker * Self.recordByteCount }
  private var values: Int { records + count * Self.recordByteCount }
  private var errors: Int { values + count * 2 * Self.valueByteCount }
}

/// The outcome of a run for one worker.
enum TeamOutcome: UInt32 {
  case done = 0
  case threw = 1
  /// The worker left with the error that a broken barrier throws.
  case leftBarrier = 2
  /// The worker was killed or has exited.
  case died = 3
}

/// The reason why the caller sleeps, if it does.
enum CallerWait: UInt32 {
  case nothing = 0
  case end = 1
  case barrier = 2
}
