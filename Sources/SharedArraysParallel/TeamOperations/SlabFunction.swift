public import SharedArraysCore
public import SharedArraysTransfer

/// A function on slabs of an array that an existing team can run.
///
///     enum Scale: SlabFunction {
///       static func call(_ slab: SharedArray<Double>, _ factor: Double) { slab.update { $0 * factor } }
///     }
///     let team = try WorkerTeam(workers: 4)
///     let x = try SharedArray<Double>(shape: [1_000_000])
///     try parallelForEach(Scale.self, over: x, argument: 2, on: team)
public protocol SlabFunction: TeamOperation {
  /// The type of the array whose slabs the function is called with.
  associatedtype Slab: StridedArray
  /// The type of an argument that is the same for all workers; `NoValue` if the function needs
  /// none.
  associatedtype Argument: BitwiseTransferable

  /// Does the work on one worker's slab of axis 0. The slab can be empty if the workers
  /// outnumber the indices.
  ///
  /// - Throws: Any error. The caller receives its type and its description.
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

/// Runs a function in place on slabs of an array, on a team.
///
/// The array can be older or younger than the team, and can be a view. Members map it at its first
/// use. They keep the arrays of their last runs mapped until they have been idle for a second.
///
/// - Parameters:
///   - function: The function that each worker calls once, with its block of axis 0.
///   - argument: The argument, of up to 256 bytes.
///   - team: The team. If it has a closure of its own, that closure is not called.
///   - timeout: The time after which the members that are still working are killed, and the call
///     throws `deadlineExceeded`.
/// - Throws: ``TeamError``, as ``WorkerTeam/run(_:timeout:)`` does; `notResolvable` for a type that
///   has no name; `notTransferable` for an array of a mapped file.
/// - Precondition: The array has at least one axis, and the team is not running.
/// - Complexity: The work itself, an empty run of the team, and one or two microseconds. The first
///   use maps the array, and named arrays cost some system calls each time.
public func parallelForEach<Function: SlabFunction, Parameter>(
  _ function: Function.Type, over array: Function.Slab, argument: Function.Argument,
  on team: WorkerTeam<Parameter>, timeout: Duration? = nil
) throws(TeamError) {
  _ = SlabCall.extent(of: array)
  try team.operate(function, argument, timeout: timeout) { caller throws(TeamError) in
    try caller.setArray(0, array)
  }
}
