internal import Multiprocessing
internal import SharedArraysSystem
public import SharedArraysTransfer

/// Workers that are forked once and run the same closure repeatedly, for runs of microseconds:
/// stencils, solvers, simulations.
///
///     let team = try WorkerTeam(workers: 4) { (worker, dt: Double) in
///       let rows = worker.partition(of: x.shape[0])
///       step(x, y, rows, dt)
///       try worker.barrier()
///       step(y, x, rows, dt)
///     }
///     for _ in 0..<10_000 { try team.run(0.01) }
///
/// The closure is fixed and captures the values that it needs, arrays in particular. Its changes
/// outside shared memory are visible in its own process only. It must be synchronous: it uses no
/// `await` and no `Mutex`. The parameter is the only input that differs between runs.
///
/// A member that dies in a run causes an error of that run, which names the member. The other
/// workers are released from the barrier, and the next run has a replacement. The replacement is
/// forked from a template process, which was forked when the team was created and holds the
/// captured values as they were then. A member that dies between runs is replaced without an error.
///
/// Waiting members spin for about 40 microseconds for the next run, and then sleep. They do not
/// spin if members and caller outnumber the cores. An idle team uses no processor time. Members end
/// with the team, and with this process. They have copies of all descriptors that were open in this
/// process when the team was created.
public final class WorkerTeam<Parameter: BitwiseTransferable> {
  let core: TeamCore

  /// Forks the members of a team.
  ///
  /// - Parameters:
  ///   - workers: The number of workers; by default one for each core this process may use.
  ///   - includesCaller: Whether the process that calls ``run(_:timeout:)`` is the last of the
  ///     workers and does a share itself. This saves a process and makes short runs faster.
  ///     However, a crash of the closure ends the program, a timeout cannot end the caller's own
  ///     share, and the end of a member is noticed only while the caller waits.
  ///   - pinsWorkers: Whether each member is pinned to a core of its own, if the number of workers
  ///     equals the number of cores that this process may use. Two programs that pin to the same
  ///     cores slow each other down. The caller is not pinned.
  ///   - name: The name of the members in `CurrentProcess.name` and in errors of their start. The
  ///     number of the member is appended.
  ///   - body: The work of a worker in a run, called with the parameter of the run. An error that
  ///     it throws ends the run.
  /// - Throws: ``TeamError`` with code `cannotStart`.
  /// - Precondition: The number of workers is in 1...1000.
  /// - Complexity: A fork for each member.
  public init(
    workers: Int? = nil, includesCaller: Bool = false, pinsWorkers: Bool = false, name: String = "team",
    _ body: @escaping (TeamContext, Parameter) throws -> Void
  ) throws(TeamError) {
    let count = workers ?? min(ComputeBudget.cores, TeamOptions.mostWorkers)
    if !(1...TeamOptions.mostWorkers).contains(count) {
      fatalError("A team has 1 to \(TeamOptions.mostWorkers) workers, not \(count).")
    }
    core = try TeamCore(
      TeamOptions(name: name, workers: count, includesCaller: includesCaller, pins: pinsWorkers),
      parameterByteCount: MemoryLayout<Parameter>.size
    ) { worker in
      // SAFETY: The caller wrote a parameter there before this run, and writes no other before all
      // workers have finished the run.
      try body(worker, unsafe worker.board.parameter.loadUnaligned(as: Parameter.self))
    }
  }

  /// Runs the closure in every worker, and waits until all workers have finished.
  ///
  /// - Parameters:
  ///   - parameter: The value that is passed to the closure.
  ///   - timeout: The time after which the members that are still working are killed, and the run
  ///     throws `deadlineExceeded`.
  /// - Throws: ``TeamError`` with code `threw`, `died`, `deadlineExceeded`, `forkStalled`,
  ///   `cannotStart` or `foreignProcess`.
  /// - Precondition: The team is not running: neither its closure nor another thread runs it during
  ///   the call.
  /// - Complexity: The work itself, and half a microsecond while all workers spin, or about ten
  ///   microseconds where all of them sleep.
  public func run(_ parameter: Parameter, timeout: Duration? = nil) throws(TeamError) {
    try core.requireIdle()
    // SAFETY: The board has room for a parameter, which has the same meaning in every process, and
    // no member reads it between runs.
    unsafe core.board.parameter.storeBytes(of: parameter, as: Parameter.self)
    try core.perform(isOperation: false, timeout: timeout)
  }

  /// The number of workers that share the work.
  public var workerCount: Int { core.board.count }

  /// The process IDs of the members, in order; nil for a member that ended in the last run.
  public var workerPIDs: [Int?] { core.members.map { $0?.pid } }
}

extension WorkerTeam where Parameter == NoValue {
  /// Creates a team without a closure and forks its members, for operations that are chosen later.
  ///
  ///     let team = try WorkerTeam(workers: 4)
  ///     try parallelForEach(Scale.self, over: x, argument: 2, on: team)
  ///
  /// - Parameters, errors, precondition and cost: The same as for a team with a closure.
  public convenience init(
    workers: Int? = nil, includesCaller: Bool = false, pinsWorkers: Bool = false, name: String = "team"
  ) throws(TeamError) {
    try self.init(workers: workers, includesCaller: includesCaller, pinsWorkers: pinsWorkers, name: name) {
      _, _ in
    }
  }

  /// Creates a team whose closure has no parameter and forks its members.
  ///
  /// - Parameters, errors, precondition and cost: The same as for a team with a parameter.
  public convenience init(
    workers: Int? = nil, includesCaller: Bool = false, pinsWorkers: Bool = false, name: String = "team",
    _ body: @escaping (TeamContext) throws -> Void
  ) throws(TeamError) {
    try self.init(workers: workers, includesCaller: includesCaller, pinsWorkers: pinsWorkers, name: name) {
      worker, _ in
      try body(worker)
    }
  }

  /// Runs the closure in every worker, and waits until all workers have finished.
  ///
  /// - Parameters, errors, precondition and cost: The same as for a team with a parameter.
  public func run(timeout: Duration? = nil) throws(TeamError) {
    try run(NoValue(), timeout: timeout)
  }
}
