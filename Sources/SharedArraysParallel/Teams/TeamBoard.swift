internal import Multiprocessing
internal import SharedArraysSystem
internal import Synchronization

/// What a team and its members share: the number of the run, the barrier, a record for each worker.
///
/// Layout, each part on cache lines of its own: the number of the run, with what it is of and a small parameter; whether the caller sleeps; the turn
/// of the barrier; its arrivals; whether it is broken; a large parameter; a word for each worker that says whether it sleeps; the records; values on
/// their way; errors.
///
/// Surviving death: nothing here is locked. A record is written by its worker alone, and by the caller once that has ended. A
/// worker that is killed at any instruction leaves a record that says what run it began and what run it finished; the caller,
/// who learns of its end from the kernel, finishes the run in its stead, breaks the barrier for the others, and sets both right
/// before the next run. An arrival at the barrier that was not completed is forgotten then, too.
@safe final class TeamBoard: @unchecked Sendable {
  // Why @unchecked: it never changes, and its words are atomic or have one writer at a time.

  private let mapping: MemoryMapping
  /// How many share the work, the caller included if it takes part.
  let count: Int
  private let parameterByteCount: Int
  private let parameterOffset: Int

  /// The most bytes of a value that is exchanged.
  static let valueByteCount = 256
  private static let line = 128
  private static let recordByteCount = 2 * line
  private static let errorByteCount = 2048
  /// A parameter that fits there comes with the number of the run: members that wait have to fetch one line and not two.
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
    // SAFETY: offsets are multiples of the word's size within the zeroed mapping, each is used with one type only, and zero is a
    // valid value.
    unsafe (mapping.address + offset).assumingMemoryBound(to: Atomic<Value>.self)
  }

  // MARK: Words of all

  /// The number of the run that is under way or was last; a futex word.
  var run: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(at: 0) }
  /// Whether that run is of an operation, and not of the team's closure.
  var isOperation: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(at: 8) }
  /// What the caller sleeps for: a ``CallerWait``.
  var callerSleeps: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(at: Self.line) }
  /// How often the barrier has let go; a futex word.
  var turn: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(at: 2 * Self.line) }
  /// How many wait at the barrier.
  var arrived: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(at: 3 * Self.line) }
  /// How often all have passed the barrier in this run.
  var passed: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(at: 3 * Self.line + 4) }
  /// Whether nobody passes it any more in this run.
  var isBroken: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(at: 4 * Self.line) }
  /// Whether members shall leave.
  var isClosing: UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(at: 4 * Self.line + 4) }

  /// Where the parameter of the run stands.
  var parameter: UnsafeMutableRawPointer { unsafe mapping.address + parameterOffset }

  /// Whether a worker sleeps, at the barrier or between runs.
  func sleeps(_ worker: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    unsafe word(at: sleepers + worker * 4)
  }

  // MARK: Words of a worker

  /// The run it has begun last.
  func begun(_ worker: Int) -> UnsafeMutablePointer<Atomic<UInt32>> { unsafe word(at: record(worker)) }
  /// Whether it waits at the barrier.
  func isAtBarrier(_ worker: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    unsafe word(at: record(worker) + 4)
  }
  /// The last partition it has asked for in this run, from and to; from -1 if none.
  func lower(_ worker: Int) -> UnsafeMutablePointer<Atomic<Int>> {
    unsafe word(at: record(worker) + 8, Int.self)
  }
  func upper(_ worker: Int) -> UnsafeMutablePointer<Atomic<Int>> {
    unsafe word(at: record(worker) + 16, Int.self)
  }
  /// The core it was on when it was last noted, and the number of the run, in the upper half.
  func core(_ worker: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    unsafe word(at: record(worker) + 24, UInt64.self)
  }
  /// The run it has finished last.
  func finished(_ worker: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    unsafe word(at: record(worker) + Self.line)
  }
  /// How it has finished it: a ``TeamOutcome``.
  func outcome(_ worker: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    unsafe word(at: record(worker) + Self.line + 4)
  }

  /// Where a worker puts a value for the others: two rooms, used in turn.
  func value(_ worker: Int, room: Int) -> UnsafeMutableRawPointer {
    unsafe mapping.address + values + (worker * 2 + room) * Self.valueByteCount
  }

  func error(_ worker: Int) -> ErrorRoom {
    // SAFETY: the room is within the mapping, which this keeps.
    unsafe ErrorRoom(
      at: mapping.address + errors + worker * Self.errorByteCount, byteCount: Self.errorByteCount)
  }

  private var sleepers: Int { 5 * Self.line + parameterByteCount }
  private var records: Int { sleepers + roundUp(count * 4, to: Self.line) }
  private func record(_ worker: Int) -> Int { records + worker * Self.recordByteCount }
  private var values: Int { records + count * Self.recordByteCount }
  private var errors: Int { values + count * 2 * Self.valueByteCount }
}

/// How a worker has finished a run.
enum TeamOutcome: UInt32 {
  case done = 0
  case threw = 1
  /// It has left by the error that a broken barrier throws.
  case leftBarrier = 2
  /// It has been killed, or has ended.
  case died = 3
}

/// What the caller sleeps for, if it does.
enum CallerWait: UInt32 {
  case nothing = 0
  case end = 1
  case barrier = 2
}
