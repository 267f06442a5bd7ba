internal import Multiprocessing
internal import SharedArraysSystem
public import SharedArraysTransfer

/// Workers that are forked once and run one closure again and again, microseconds each: for stencils, solvers, simulations.
///
///     let team = try WorkerTeam(workers: 4) { (worker, dt: Double) in
///       let rows = worker.partition(of: x.shape[0])
///       step(x, y, rows, dt)
///       try worker.barrier()
///       step(y, x, rows, dt)
///     }
///     for _ in 0..<10_000 { try team.run(0.01) }
///
/// The closure is fixed, and captures what it needs, arrays above all: what it changes outside shared memory changes in its own
/// process only. It must be synchronous: no `await`, no `Mutex`. What differs from run to run is the parameter.
///
/// A member that dies in a run is an error of that run, which names it; others are let out of the barrier, and the next run has
/// another member in its place: forked from a process that was forked when the team was made, which has what the closure captured
/// as it was then. A member that dies between runs is replaced without an error.
///
/// Members that wait look for the next run for some 40 microseconds, then sleep; none looks if members and caller are more than
/// there are cores. An idle team uses no processor time. Members end with the team, and with this process. They have copies of all
/// descriptors that this process had open when the team was made.
public final class WorkerTeam<Parameter: RawTransferable> {
  let core: TeamCore

  /// Forks the members of a team.
  ///
  /// - Parameters:
  ///   - workers: how many share the work; by default one for each core this process may use.
  ///   - callerTakesPart: whether the process that calls ``run(_:timeout:)`` is the last of the workers, and does its share itself. That
  ///     saves a process and makes short runs faster; but then a crash of the closure takes the program with it, a time-out cannot
  ///     end the caller's own share, and the end of a member is noticed only where the caller waits.
  ///   - pinsWorkers: whether each member stays on a core of its own, if there are as many workers as cores that this process may
  ///     use. Two programs that do so on the same cores stand in each other's way. The caller stays on none.
  ///   - name: that of a member in `CurrentProcess.name`, and in errors of its start; its number is added.
  ///   - body: what a worker does in a run, with the parameter of the run. What it throws ends the run.
  /// - Throws: ``TeamError`` with code `cannotStart`.
  /// - Precondition: 1 to 1000 workers.
  /// - Complexity: forking takes about 0.3 ms a member.
  public init(
    workers: Int? = nil, callerTakesPart: Bool = false, pinsWorkers: Bool = false, name: String = "team",
    _ body: @escaping (TeamWorker, Parameter) throws -> Void
  ) throws(TeamError) {
    let count = workers ?? min(ComputeBudget.cores, TeamOptions.mostWorkers)
    if !(1...TeamOptions.mostWorkers).contains(count) {
      fatalError("A team has 1 to \(TeamOptions.mostWorkers) workers, not \(count).")
    }
    core = try TeamCore(
      TeamOptions(name: name, workers: count, callerTakesPart: callerTakesPart, pins: pinsWorkers),
      parameterByteCount: MemoryLayout<Parameter>.size
    ) { worker in
      // SAFETY: the caller has written a parameter there before this run, and writes none before all have finished it.
      try body(worker, unsafe worker.board.parameter.loadUnaligned(as: Parameter.self))
    }
  }

  /// Lets every worker run the closure, and waits until all have.
  ///
  /// - Parameters:
  ///   - parameter: what the closure gets.
  ///   - timeout: after this time the members that still work are killed, and the run throws `timedOut`.
  /// - Throws: ``TeamError`` with code `threw`, `died`, `timedOut`, `forkStalled`, `cannotStart` or `foreign`.
  /// - Precondition: the team does not run: neither its closure nor another thread runs it meanwhile.
  /// - Complexity: beyond the work itself half a microsecond while all spin, and about ten where all sleep.
  public func run(_ parameter: Parameter, timeout: Duration? = nil) throws(TeamError) {
    try core.requireIdle()
    // SAFETY: there is room for a parameter, which means the same in every process, and nobody reads it between runs.
    unsafe core.board.parameter.storeBytes(of: parameter, as: Parameter.self)
    try core.perform(isOperation: false, timeout: timeout)
  }

  /// How many share the work.
  public var workers: Int { core.board.count }

  /// The processes of the members, in order; nil for one that has ended in the last run.
  public var pids: [Int?] { core.members.map { $0?.pid } }
}

extension WorkerTeam where Parameter == Empty {
  /// Forks the members of a team without a closure, for operations that are chosen later.
  ///
  ///     let team = try WorkerTeam(workers: 4)
  ///     try parallelForEach(Scale.self, over: x, argument: 2, on: team)
  ///
  /// - Parameters, errors, precondition and cost: as of a team with one.
  public convenience init(
    workers: Int? = nil, callerTakesPart: Bool = false, pinsWorkers: Bool = false, name: String = "team"
  ) throws(TeamError) {
    try self.init(workers: workers, callerTakesPart: callerTakesPart, pinsWorkers: pinsWorkers, name: name) {
      _, _ in
    }
  }

  /// Forks the members of a team whose closure has no parameter.
  ///
  /// - Parameters, errors, precondition and cost: as of a team with one.
  public convenience init(
    workers: Int? = nil, callerTakesPart: Bool = false, pinsWorkers: Bool = false, name: String = "team",
    _ body: @escaping (TeamWorker) throws -> Void
  ) throws(TeamError) {
    try self.init(workers: workers, callerTakesPart: callerTakesPart, pinsWorkers: pinsWorkers, name: name) {
      worker, _ in
      try body(worker)
    }
  }

  /// Lets every worker run the closure, and waits until all have.
  ///
  /// - Parameters, errors, precondition and cost: as of a team with a parameter.
  public func run(timeout: Duration? = nil) throws(TeamError) {
    try run(Empty(), timeout: timeout)
  }
}
