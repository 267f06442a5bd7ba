public import Multiprocessing
public import SharedArraysCore
public import SharedArraysTransfer

extension ProcessPool {
  /// Calls a function for every input and writes the outputs into an array, in the order of the
  /// inputs. Each worker writes its own outputs, and nothing is copied.
  ///
  ///     let cubes = try SharedArray<Int>(shape: [1_000_000])
  ///     try pool.map(Cube.self, 0..<1_000_000, into: cubes)
  ///
  /// A worker keeps the arrays of its last calls mapped until it has been idle for a second.
  ///
  /// - Parameters:
  ///   - function: The function, which workers look up by its name.
  ///   - inputs: The inputs. A range of integers costs nothing; arrays of numbers are copied once;
  ///     other values are encoded.
  ///   - output: The array for the outputs, contiguous or of one axis with any stride. It must not
  ///     be memory that the function reads, because the chunk of a worker that died is run again.
  ///   - chunkSize: The number of inputs a worker takes at a time. The default is a sixty-fourth of
  ///     an even share, or less where tasks of this function have been taking long.
  ///   - timeout: The maximum time of a chunk. Only the worker of a chunk that takes longer is
  ///     killed.
  ///   - retries: The number of times a chunk is retried after the death of its worker.
  ///   - progress: Receives progress reports. A pool without workers reports only the end.
  /// - Throws: ``PoolError`` for the first failure, after which no more chunks are started. Some
  ///   elements are outputs then, and the others keep their values. The code is `notTransferable`
  ///   for an array of a mapped file.
  /// - Precondition: The number of elements equals the number of inputs, and the chunk size is at
  ///   least 1.
  public func map<Function: WorkFunction, Inputs: Collection>(
    _ function: Function.Type, _ inputs: Inputs, into output: SharedArray<Function.Output>,
    chunkSize: Int? = nil, timeout: Duration? = nil, retries: Int = 2,
    progress: ProgressReport? = nil
  ) throws(PoolError)
  where Inputs.Element == Function.Input, Function.Output: SharedArrayElement & BitwiseTransferable {
    if output.count != inputs.count {
      fatalError("map(_:_:into:) needs an array of \(inputs.count) elements, not shape \(output.shape).")
    }
    let storage = output.storage
    let stride = output.rank == 1 && output.count > 1 ? output.strides[0] : 1
    guard output.rank == 1 || storage.isContiguous, stride != 0 else {
      fatalError(
        "map(_:_:into:) needs a contiguous or one-dimensional array, not strides \(output.strides).")
    }
    if output.count == 0 { return try forEach(function, inputs, progress: progress) }
    guard let owner = storage.owner else { fatalError("map(_:_:into:) cannot write to a detached array.") }
    // SAFETY: The addresses are only subtracted.
    let target = try OutputTarget(
      owner, offset: unsafe UnsafeRawPointer(storage.base) - UnsafeRawPointer(owner.data),
      stride: stride * MemoryLayout<Function.Output>.stride)
    try map(
      function, inputs, into: target, chunkSize: chunkSize, timeout: timeout, retries: retries,
      progress: progress)
  }
}
