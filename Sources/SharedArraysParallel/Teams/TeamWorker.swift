internal import Multiprocessing
public import SharedArraysCore
internal import SharedArraysSystem
internal import Synchronization

/// A worker of a team, as the closure of the team sees it: who it is, what its share is, and how it meets the others.
///
/// All workers of a team call ``barrier()``, ``reduce(_:_:)`` and ``broadcast(_:from:)`` in the same order and equally often, as
/// those calls wait for each other.
public final class TeamWorker {
  /// Its number, from 0.
  public let index: Int
  /// How many share the work.
  public let count: Int
  let board: TeamBoard
  private let bell: Bell
  /// Whether it looks for the others before it sleeps: not if there are more of them than cores.
  let spins: Bool
  /// How the caller of a run sleeps at the barrier until a turn has ended; nil in a member.
  private let sleepAsCaller: ((UInt32) -> Void)?
  /// How often values have been exchanged in this run.
  private var exchangeCount = 0
  private(set) var run: UInt32 = 0
  /// When this last moved to another core.
  var lastMove: Int64 = 0
  /// The process that does this worker's share, by `ForkHistory.generation`.
  private var process: UInt64 = 0

  init(_ index: Int, board: TeamBoard, bell: Bell, spins: Bool, sleepAsCaller: ((UInt32) -> Void)? = nil) {
    self.index = index
    count = board.count
    self.board = board
    self.bell = bell
    self.spins = spins
    self.sleepAsCaller = sleepAsCaller
  }

  // MARK: Shares

  /// This worker's share of `count` indices: a block for each worker, in order, with sizes that differ by at most one, as
  /// ``Partition/blocks`` makes them. It is empty where there are fewer indices than workers.
  ///
  /// The share that was asked for last is what the error names if this worker dies.
  ///
  /// - Precondition: `count` is not negative.
  public func partition(of count: Int) -> Range<Int> {
    if count < 0 { fatalError("\(count) indices cannot be partitioned.") }
    let share = Partition.blocks.share(of: index, among: self.count, of: count)
    note(share)
    return share
  }

  /// Puts on the board what this worker's share is.
  func note(_ share: Range<Int>) {
    unsafe board.lower(index).pointee.store(share.lowerBound, ordering: .relaxed)
    unsafe board.upper(index).pointee.store(share.upperBound, ordering: .relaxed)
  }

  /// This worker's slab of an array: a view of its share of axis 0.
  ///
  /// - Precondition: the array has at least one axis.
  public func slab<Array: StridedArray>(of array: Array) -> Array {
    array.slice(partition(of: Split.extent(of: array)))
  }

  // MARK: Meeting the others

  /// Waits until all workers are here; what they wrote before, all see after it.
  ///
  /// - Throws: ``BarrierBroken`` if another worker has died or thrown an error, or if the time of the run is up. Let it through: the
  ///   run is over then. Also in a process that the closure has forked.
  /// - Complexity: below a microsecond while all spin; two system calls and a wake-up where they sleep.
  public func barrier() throws(BarrierBroken) {
    // A process that the closure has forked is nobody whom the others wait for.
    if process != ForkHistory.generation { throw BarrierBroken() }
    noteCore(in: run)
    guard let arrival = try board.arrive(bell) else { return }
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
    // The caller's threads are its own: only members move.
    if wait != .short, sleepAsCaller == nil { leaveCoreOfAnother(in: run) }
    try board.requirePassed(arrival)
  }

  /// The room for values that the next exchange uses. The other one may still be read by those that are slow; but nobody gets
  /// to the exchange after this before all have come to this one.
  @usableFromInline func nextRoom(byteCount: Int) -> Int {
    if byteCount > TeamBoard.valueByteCount {
      fatalError(
        "Workers of a team exchange values of up to \(TeamBoard.valueByteCount) bytes, not \(byteCount).")
    }
    exchangeCount += 1
    return exchangeCount & 1
  }

  /// Where a worker's value stands.
  @usableFromInline func place(of worker: Int, room: Int) -> UnsafeMutableRawPointer {
    unsafe board.value(worker, room: room)
  }

  // MARK: A run

  /// Does this worker's share of a run, and puts on the board how that went.
  ///
  /// - Returns: false in a process that the closure has forked and that returns from it, too: the share is its parent's.
  func perform(_ run: UInt32, _ body: (TeamWorker) throws -> Void) -> Bool {
    process = ForkHistory.generation
    exchangeCount = 0
    unsafe board.lower(index).pointee.store(-1, ordering: .relaxed)
    unsafe board.begun(index).pointee.store(run, ordering: .releasing)
    self.run = run
    noteCore(in: run)
    var outcome = TeamOutcome.done
    do { try body(self) } catch is BarrierBroken { outcome = .leftBarrier } catch {
      outcome = .threw
      if process == ForkHistory.generation {
        board.error(index).keep(error)
        board.breakBarrier(bell)
      }
    }
    if process != ForkHistory.generation { return false }
    unsafe board.outcome(index).pointee.store(outcome.rawValue, ordering: .relaxed)
    unsafe board.finished(index).pointee.store(run, ordering: .sequentiallyConsistent)
    return true
  }
}
