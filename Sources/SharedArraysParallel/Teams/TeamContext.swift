internal import Multiprocessing
public import SharedArraysCore
internal import SharedArraysSystem
internal import Synchronization

// SAFETY: This covers the whole file. The pointers lead to words and values of `board`, which keeps
// its memory mapped and which the worker keeps. The words are atomic, and every index of a worker
// is less than `count`.

/// A worker of a team, as seen by the closure of the team: its identity, its share, and the calls
/// that synchronize it with the other workers.
///
/// All workers of a team call ``barrier()``, ``reduce(_:_:)`` and ``broadcast(_:from:)`` in the
/// same order and equally often, because those calls wait for each other.
public final class TeamContext {
  /// The number of the worker, from 0.
  public let index: Int
  /// The number of workers that share the work.
  public let count: Int
  let board: TeamBoard
  private let event: EventFD
  /// Whether the worker spins for the other workers before it sleeps. It does not if the workers
  /// outnumber the cores.
  let spins: Bool
  /// Puts the caller of a run to sleep at the barrier until a turn has ended; nil in a member.
  private let sleepAsCaller: ((UInt32) -> Void)?
  /// The number of exchanges of values in this run.
  private var exchangeCount = 0
  private(set) var run: UInt32 = 0
  /// The time when this worker last moved to another core.
  var lastMove: Int64 = 0
  /// The `ForkCounters.generation` of the process that does this worker's share.
  private var process: UInt64 = 0

  init(_ index: Int, board: TeamBoard, event: EventFD, spins: Bool, sleepAsCaller: ((UInt32) -> Void)? = nil)
  {
    self.index = index
    count = board.count
    self.board = board
    self.event = event
    self.spins = spins
    self.sleepAsCaller = sleepAsCaller
  }

  // MARK: Shares

  /// Returns this worker's share of `count` indices. The shares are those of ``Partition/blocks``:
  /// one block for each worker, in order, with sizes that differ by at most one. The share can
  /// be empty if the workers outnumber the indices.
  ///
  /// If this worker dies, the error names the share that was requested last.
  ///
  /// - Precondition: `count` is not negative.
  public func partition(of count: Int) -> Range<Int> {
    if count < 0 { fatalError("partition(of:) needs a count of at least 0, not \(count).") }
    let share = Partition.blocks.share(of: index, among: self.count, of: count)
    note(share)
    return share
  }

  /// Writes this worker's share to the board.
  func note(_ share: Range<Int>) {
    unsafe board.lower(index).pointee.store(share.lowerBound, ordering: .relaxed)
    unsafe board.upper(index).pointee.store(share.upperBound, ordering: .relaxed)
  }

  /// Returns this worker's slab of an array: a view of its share of axis 0.
  ///
  /// - Precondition: The array has at least one axis.
  public func slab<Array: StridedArray>(of array: Array) -> Array {
    array.slice(partition(of: SlabCall.extent(of: array)))
  }

  // MARK: Synchronization

  /// Waits until all workers have arrived. Memory that a worker wrote before the barrier is visible
  /// to all workers after it.
  ///
  /// - Throws: ``BarrierBroken`` if another worker has died or thrown an error, or if the time of
  ///   the run is up. Let the error propagate: the run is over. It is also thrown in a process that
  ///   the closure has forked.
  /// - Complexity: Less than a microsecond while all workers spin; two system calls and a wake-up
  ///   where they sleep.
  public func barrier() throws(BarrierBroken) {
    // The other workers do not wait for a process that the closure has forked.
    if process != ForkCounters.generation { throw BarrierBroken() }
    noteCore(in: run)
    guard let arrival = try board.arrive(event) else { return }
    let turn = arrival.turn
    let word = unsafe board.turn
    unsafe board.isAtBarrier(index).pointee.store(1, ordering: .relaxed)
    let wait =
      spins ? TeamBoard.spin { unsafe word.pointee.load(ordering: .acquiring) != turn } : .unfinished
    if wait == .unfinished {
      if let sleepAsCaller {
        sleepAsCaller(turn)
      } else {
        let avoidance = avoidCoresInSleep()
        unsafe board.sleep(index, on: word, while: turn)
        avoidance?.end()
      }
    }
    unsafe board.isAtBarrier(index).pointee.store(0, ordering: .relaxed)
    // The caller's threads belong to the program, so only members move.
    if wait != .short, sleepAsCaller == nil { leaveCoreOfAnother(in: run) }
    try board.requirePassed(arrival)
  }

  /// Returns the buffer that the next exchange uses. Slow workers might still be reading the other
  /// buffer, but no worker reaches the exchange after this one before all workers have arrived at
  /// this one.
  @usableFromInline func nextRoom(byteCount: Int) -> Int {
    if byteCount > TeamBoard.valueByteCount {
      fatalError(
        "Workers of a team can exchange at most \(TeamBoard.valueByteCount) bytes at once, not \(byteCount).")
    }
    exchangeCount += 1
    return exchangeCount & 1
  }

  /// Returns the address of a worker's value.
  @usableFromInline func place(of worker: Int, room: Int) -> UnsafeMutableRawPointer {
    unsafe board.value(worker, room: room)
  }

  // MARK: A run

  /// Does this worker's share of a run, and writes the outcome to the board.
  ///
  /// - Returns: False in a process that the closure has forked and that also returns from it: the
  ///   share belongs to its parent.
  func perform(_ run: UInt32, _ body: (TeamContext) throws -> Void) -> Bool {
    process = ForkCounters.generation
    exchangeCount = 0
    unsafe board.lower(index).pointee.store(-1, ordering: .relaxed)
    unsafe board.begun(index).pointee.store(run, ordering: .releasing)
    self.run = run
    noteCore(in: run)
    var outcome = TeamOutcome.done
    do { try body(self) } catch is BarrierBroken { outcome = .leftBarrier } catch {
      outcome = .threw
      if process == ForkCounters.generation {
        board.error(index).keep(error)
        board.breakBarrier(event)
      }
    }
    if process != ForkCounters.generation { return false }
    unsafe board.outcome(index).pointee.store(outcome.rawValue, ordering: .relaxed)
    unsafe board.finished(index).pointee.store(run, ordering: .sequentiallyConsistent)
    return true
  }
}
