public import Multiprocessing
public import SharedArraysCore
public import SharedArraysTransfer

extension ProcessPool {
  /// Calls a function for every input, and writes the outputs into an array, in the order of the inputs: each worker its own,
  /// and nothing is copied.
  ///
  ///     let cubes = try SharedArray<Int>(shape: [1_000_000])
  ///     try pool.map(Cube.self, 0..<1_000_000, into: cubes)
  ///
  /// A worker keeps the arrays of its last calls mapped, until it has had no work for a second.
  ///
  /// - Parameters:
  ///   - function: found by its name in the workers.
  ///   - inputs: a range of integers costs nothing; arrays of numbers are copied once; other values are encoded.
  ///   - output: contiguous, or of one axis with any stride. It must not be the memory that the function reads: what a worker that
  ///     died has left is begun anew.
  ///   - chunkSize: how many inputs a worker takes at a time; unless given, a sixty-fourth of an even share, or
  ///     less where tasks of this function have been taking long.
  ///   - timeout: how long a chunk may take. The worker of one that takes longer is killed, and no other.
  ///   - retries: how often a chunk is begun anew after the death of its worker.
  ///   - progress: what is told of how far it is; a pool of no workers tells the end only.
  /// - Throws: ``PoolError``: the first failure, after which no more chunks are begun; some elements are outputs then, others what
  ///   they were. `notTransferable` for an array of a mapped file.
  /// - Precondition: there are as many elements as inputs, and the chunk size is at least 1.
  public func map<Function: WorkFunction, Inputs: Collection>(
    _ function: Function.Type, _ inputs: Inputs, into output: SharedArray<Function.Output>,
    chunkSize: Int? = nil, timeout: Duration? = nil, retries: Int = 2,
    progress: ProgressReport? = nil
  ) throws(PoolError)
  where Inputs.Element == Function.Input, Function.Output: SharedArrayElement & RawTransferable {
    if output.count != inputs.count {
      fatalError("\(inputs.count) outputs do not fill an array of shape \(output.shape).")
    }
    let storage = output.storage
    let stride = output.rank == 1 && output.count > 1 ? output.strides[0] : 1
    guard output.rank == 1 || storage.isContiguous, stride != 0 else {
      fatalError("Outputs go into a contiguous array or one of one axis, not into strides \(output.strides).")
    }
    if output.count == 0 { return try forEach(function, inputs, progress: progress) }
    guard let owner = storage.owner else { fatalError("An array that has been detached takes no outputs.") }
    let target = try OutputTarget(
      owner, offset: unsafe UnsafeRawPointer(storage.base) - UnsafeRawPointer(owner.data),
      stride: stride * MemoryLayout<Function.Output>.stride)
    try map(
      function, inputs, into: target, chunkSize: chunkSize, timeout: timeout, retries: retries,
      progress: progress)
  }
}
