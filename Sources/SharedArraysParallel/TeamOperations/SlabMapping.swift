public import SharedArraysCore
public import SharedArraysTransfer

/// A function from slabs of one array into slabs of another that a team can run, though it was chosen after the team was made.
///
///     enum AddScaled: SlabMapping {
///       static func call(_ x: SharedArray<Double>, into y: SharedArray<Double>, _ a: Double) throws {
///         try axpy(a, x, into: y)
///       }
///     }
///     try parallelMap(AddScaled.self, over: x, into: y, argument: 0.5, on: team)
public protocol SlabMapping: TeamOperation {
  /// What it reads.
  associatedtype Input: StridedArray
  /// What it writes into.
  associatedtype Output: StridedArray
  /// What else it gets, the same for all; `Empty` for nothing.
  associatedtype Argument: RawTransferable

  /// The work on one worker's slabs of axis 0 of both arrays, which have no elements where there are fewer indices than workers.
  ///
  /// - Throws: anything; the caller gets the type and the description of the error.
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

/// Runs a function on slabs of two arrays, on a team: it reads those of one, and writes into those of the other.
///
/// - Parameters, errors and cost: as ``parallelForEach(_:over:argument:on:timeout:)``.
/// - Precondition: both arrays have the same extent of axis 0, and the team does not run.
public func parallelMap<Function: SlabMapping, Parameter>(
  _ function: Function.Type, over input: Function.Input, into output: Function.Output,
  argument: Function.Argument, on team: WorkerTeam<Parameter>, timeout: Duration? = nil
) throws(TeamError) {
  let (inputs, outputs) = (Split.extent(of: input), Split.extent(of: output))
  if inputs != outputs {
    fatalError("Arrays of \(inputs) and \(outputs) slabs cannot be partitioned alike.")
  }
  try team.operate(function, argument, timeout: timeout) { caller throws(TeamError) in
    try caller.setArray(0, input)
    try caller.setArray(1, output)
  }
}
