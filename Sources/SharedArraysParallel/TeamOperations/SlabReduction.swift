public import SharedArraysCore
public import SharedArraysTransfer

/// A reduction that an existing team can run.
///
///     enum Total: SlabReduction {
///       static func reduce(_ block: SharedArray<Double>, _: NoValue) -> Double { block.sum() }
///       static func combine(_ left: Double, _ right: Double) -> Double { left + right }
///     }
///     let total = try parallelReduce(Total.self, over: x, initial: 0, argument: NoValue(), on: team)
public protocol SlabReduction: TeamOperation {
  /// The type of the array whose blocks are reduced.
  associatedtype Slab: StridedArray
  /// The type of an argument that is the same for all workers; `NoValue` if the reduction needs
  /// none.
  associatedtype Argument: BitwiseTransferable
  /// The result of a block, of up to 256 bytes.
  associatedtype Result: BitwiseTransferable

  /// Reduces a block, in a worker.
  ///
  /// - Throws: Any error. The caller receives its type and its description.
  static func reduce(_ block: Slab, _ argument: Argument) throws -> Result

  /// Combines the results of two adjacent blocks, the left one first, in the caller.
  static func combine(_ left: Result, _ right: Result) -> Result
}

extension SlabReduction {
  /// Reduces a worker's blocks.
  @inlinable
  public static func perform(_ run: OperationRun) throws {
    let array = try run.array(0, as: Slab.self)
    let argument = run.argument(as: Argument.self)
    for block in run.blocks(of: array.shape[0]) {
      let result = try reduce(array.slice(block.range), argument)
      // SAFETY: The board has room for a result of each block, and only this worker has this block.
      unsafe run.place(of: block.index, stride: MemoryLayout<Result>.stride)
        .storeBytes(of: result, as: Result.self)
    }
  }

  /// Combines the results of all blocks pairwise: adjacent pairs first, then pairs of pairs, and so
  /// on.
  fileprivate static func join(_ board: OperationBoard, _ blockCount: Int) -> Result? {
    let stride = MemoryLayout<Result>.stride
    // SAFETY: The workers have written a result for each block, and have finished.
    func result(_ block: Int) -> Result {
      unsafe board.result(block, stride: stride).loadUnaligned(as: Result.self)
    }
    var count = blockCount
    while count > 1 {
      for left in Swift.stride(from: 0, to: count, by: 2) {
        let joined = left + 1 < count ? combine(result(left), result(left + 1)) : result(left)
        unsafe board.result(left / 2, stride: stride).storeBytes(of: joined, as: Result.self)
      }
      count = (count + 1) / 2
    }
    return count == 0 ? nil : result(0)
  }
}

/// Reduces an array on a team, with bit-identical results for any number of workers.
///
/// The blocks and the order in which they are combined are the same as in
/// ``StridedArray/parallelReduce(_:workers:timeout:_:combine:)``, and so are the bits, for up to
/// 4,096 blocks (about 270 million elements). Larger arrays have larger blocks.
///
/// - Parameter initial: The left operand of the last combination, and the result for an array
///   without elements along axis 0.
/// - Returns: The combined result of all blocks.
/// - Throws: ``TeamError``, as ``parallelForEach(_:over:argument:on:timeout:)`` does.
/// - Precondition: The array has at least one axis, and the team is not running.
public func parallelReduce<Reduction: SlabReduction, Parameter>(
  _ reduction: Reduction.Type, over array: Reduction.Slab, initial: Reduction.Result,
  argument: Reduction.Argument, on team: WorkerTeam<Parameter>, timeout: Duration? = nil
) throws(TeamError) -> Reduction.Result {
  let size = MemoryLayout<Reduction.Result>.stride
  if size > OperationBoard.valueByteCount {
    fatalError(
      "A team reduction's result can have at most \(OperationBoard.valueByteCount) bytes, not \(size).")
  }
  let rows = SlabCall.extent(of: array)
  let blockSize = Swift.max(
    SlabCall.blockSize(of: array), (rows + OperationBoard.mostBlocks - 1) / OperationBoard.mostBlocks)
  let blockCount = (rows + blockSize - 1) / blockSize
  try team.operate(reduction, argument, timeout: timeout) { caller throws(TeamError) in
    try caller.setArray(0, array)
    caller.setBlocks(count: blockCount, size: blockSize)
  }
  return Reduction.join(team.core.operations.board, blockCount).map { Reduction.combine(initial, $0) }
    ?? initial
}
