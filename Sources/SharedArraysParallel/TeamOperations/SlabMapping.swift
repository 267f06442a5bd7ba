public import SharedArraysCore
public import SharedArraysTransfer

/// A function from slabs of one array into slabs of another that an existing team can run.
///
///     enum AddScaled: SlabMapping {
///       static func call(_ x: SharedArray<Double>, into y: SharedArray<Double>, _ a: Double) throws {
///         try BLAS.axpy(a, x, into: y)
///       }
///     }
///     try parallelMap(AddScaled.self, over: x, into: y, argument: 0.5, on: team)
public protocol SlabMapping: TeamOperation {
  /// The type of the array that the function reads.
  associatedtype Input: StridedArray
  /// The type of the array that the function writes.
  associatedtype Output: StridedArray
  /// The type of an argument that is the same for all workers; `NoValue` if the function needs
  /// none.
  associatedtype Argument: BitwiseTransferable

  /// Does the work on one worker's slabs of axis 0 of both arrays. The slabs can be empty if
  /// the workers outnumber the indices.
  ///
  /// - Throws: Any error. The caller receives its type and its description.
  static func call(_ slab: Input, into output: Output, _ argument: Argument) throws
}

extension SlabMapping {
  /// Calls the function for a worker's slabs.
  @inlinable
  public static func perform(_ run: OperationRun) throws {
    let input = try run.array(0, as: Input.self)
    let output = try run.array(1, as: Output.self)
    try call(run.worker.slab(of: input), into: run.worker.slab(of: output), run.argument(as: Argument.self))
  }
}

/// Runs a function on slabs of two arrays, on a team: it reads the slabs of one array and writes
/// the slabs of the other.
///
/// - Parameters, errors and cost: The same as for ``parallelForEach(_:over:argument:on:timeout:)``.
/// - Precondition: Both arrays have the same extent of axis 0, and the team is not running.
public func parallelMap<Function: SlabMapping, Parameter>(
  _ function: Function.Type, over input: Function.Input, into output: Function.Output,
  argument: Function.Argument, on team: WorkerTeam<Parameter>, timeout: Duration? = nil
) throws(TeamError) {
  let (inputs, outputs) = (SlabCall.extent(of: input), SlabCall.extent(of: output))
  if inputs != outputs {
    fatalError("parallelMap needs arrays with the same extent of axis 0, not \(inputs) and \(outputs).")
  }
  try team.operate(function, argument, timeout: timeout) { caller throws(TeamError) in
    try caller.setArray(0, input)
    try caller.setArray(1, output)
  }
}
