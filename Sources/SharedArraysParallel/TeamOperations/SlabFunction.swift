public import SharedArraysCore
public import SharedArraysTransfer

/// A function of slabs of an array that a team can run, though it was chosen after the team was made.
///
///     enum Scale: SlabFunction {
///       static func call(_ slab: SharedArray<Double>, _ factor: Double) { slab.update { $0 * factor } }
///     }
///     let team = try WorkerTeam(workers: 4)
///     let x = try SharedArray<Double>(shape: [1_000_000])
///     try parallelForEach(Scale.self, over: x, argument: 2, on: team)
public protocol SlabFunction: TeamOperation {
  /// What it gets a slab of.
  associatedtype Slab: StridedArray
  /// What else it gets, the same for all; `Empty` for nothing.
  associatedtype Argument: RawTransferable

  /// The work on one worker's slab of axis 0, which has no elements where there are fewer indices than workers.
  ///
  /// - Throws: anything; the caller gets the type and the description of the error.
  static func call(_ slab: Slab, _ argument: Argument) throws
}

extension SlabFunction {
  /// Calls the function for a worker's slab.
  @inlinable
  public static func perform(_ run: OperationRun) throws {
    let array = try run.array(0, as: Slab.self)
    try call(run.worker.slab(of: array), run.argument(as: Argument.self))
  }
}

/// Runs a function on slabs of an array, on a team, in place.
///
/// The array may have been made before the team or after it, and may be a view. Members map it when they are first given it, and
/// keep what the last runs used mapped until they have had nothing to do for a second.
///
/// - Parameters:
///   - function: what each worker calls once, with its block of axis 0.
///   - argument: of up to 256 bytes.
///   - team: which may have a closure of its own; that is not called.
///   - timeout: after this time the members that still work are killed, and the call throws `timedOut`.
/// - Throws: ``TeamError``, as ``WorkerTeam/run(_:timeout:)``, with `notResolvable` for a type that has no name, and with
///   `notTransferable` for an array of a mapped file.
/// - Precondition: the array has at least one axis, and the team does not run.
/// - Complexity: beyond the work itself as an empty run of the team, and a microsecond or two; a first use maps the array, and
///   named arrays cost some system calls each time.
public func parallelForEach<Function: SlabFunction, Parameter>(
  _ function: Function.Type, over array: Function.Slab, argument: Function.Argument,
  on team: WorkerTeam<Parameter>, timeout: Duration? = nil
) throws(TeamError) {
  _ = Split.extent(of: array)
  try team.operate(function, argument, timeout: timeout) { caller throws(TeamError) in
    try caller.setArray(0, array)
  }
}
