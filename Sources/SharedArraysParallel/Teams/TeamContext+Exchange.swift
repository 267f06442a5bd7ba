public import SharedArraysTransfer

extension TeamContext {
  /// Combines the values of all workers, in the order of their indices, and returns the result in
  /// every worker. The result is bit-identical in all workers, and every time for the same values.
  ///
  ///     let change = try worker.reduce(ownChange) { max($0, $1) }
  ///
  /// The result can depend on the number of workers if `combine` rounds. Use
  /// ``StridedArray/parallelReduce(_:workers:timeout:_:combine:)`` for sums that do not depend on
  /// it.
  ///
  /// - Parameters:
  ///   - value: This worker's value, of up to 256 bytes.
  ///   - combine: Combines two values, of which the first is that of the lower workers. It runs in
  ///     every worker.
  /// - Throws: ``BarrierBroken``, as ``barrier()`` does, or an error that `combine` throws.
  /// - Complexity: A barrier, and a call of `combine` for each worker except one.
  @inlinable
  public func reduce<Value: BitwiseTransferable>(
    _ value: Value, _ combine: (Value, Value) throws -> Value
  ) throws -> Value {
    let room = nextRoom(byteCount: MemoryLayout<Value>.size)
    // SAFETY: A buffer holds a value of this size, which has the same meaning in every process.
    // Only this worker writes its own buffer, and the barrier separates writing from reading.
    unsafe place(of: index, room: room).storeBytes(of: value, as: Value.self)
    try barrier()
    var result = unsafe place(of: 0, room: room).loadUnaligned(as: Value.self)
    for worker in 1..<max(count, 1) {
      result = try combine(result, unsafe place(of: worker, room: room).loadUnaligned(as: Value.self))
    }
    return result
  }

  /// Returns the value of one worker in every worker.
  ///
  /// - Parameters:
  ///   - value: The value of the worker `root`, of up to 256 bytes. The values of the other workers
  ///     are ignored.
  ///   - root: The index of a worker.
  /// - Throws: ``BarrierBroken``, as ``barrier()`` does.
  /// - Precondition: The worker `root` exists, and all workers pass the same `root`.
  /// - Complexity: A barrier.
  @inlinable
  public func broadcast<Value: BitwiseTransferable>(
    _ value: Value, from root: Int
  ) throws(BarrierBroken) -> Value {
    if root < 0 || root >= count { fatalError("A team of \(count) has no worker \(root).") }
    let room = nextRoom(byteCount: MemoryLayout<Value>.size)
    // SAFETY: The same as in ``reduce(_:_:)``.
    if index == root { unsafe place(of: root, room: room).storeBytes(of: value, as: Value.self) }
    try barrier()
    return unsafe place(of: root, room: room).loadUnaligned(as: Value.self)
  }
}
