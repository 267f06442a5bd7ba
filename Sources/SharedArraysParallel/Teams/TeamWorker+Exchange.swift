public import SharedArraysTransfer

extension TeamWorker {
  /// Combines the values of all workers, in the order of their indices, and gives every worker the result: the same bits for
  /// each, and each time for the same values.
  ///
  ///     let change = try worker.reduce(ownChange) { max($0, $1) }
  ///
  /// The result for another number of workers may differ where `combine` rounds;
  /// ``StridedArray/parallelReduce(_:workers:timeout:_:combine:)`` is for sums that shall not.
  ///
  /// - Parameters:
  ///   - value: this worker's part, of up to 256 bytes.
  ///   - combine: joins two values, that of the lower workers first. It runs in every worker.
  /// - Throws: ``BarrierBroken`` as ``barrier()``, or what `combine` throws.
  /// - Complexity: a barrier, and a call of `combine` for each worker but one.
  @inlinable
  public func reduce<Value: RawTransferable>(
    _ value: Value, _ combine: (Value, Value) throws -> Value
  ) throws -> Value {
    let room = nextRoom(byteCount: MemoryLayout<Value>.size)
    // SAFETY: a room holds a value of this size, which means the same in every process; this worker alone writes its own, and
    // the barrier stands between writing and reading.
    unsafe place(of: index, room: room).storeBytes(of: value, as: Value.self)
    try barrier()
    var result = unsafe place(of: 0, room: room).loadUnaligned(as: Value.self)
    for worker in 1..<max(count, 1) {
      result = try combine(result, unsafe place(of: worker, room: room).loadUnaligned(as: Value.self))
    }
    return result
  }

  /// Gives every worker the value of one of them.
  ///
  /// - Parameters:
  ///   - value: what the worker `root` gives, of up to 256 bytes; that of the others counts for nothing.
  ///   - root: the index of a worker.
  /// - Throws: ``BarrierBroken`` as ``barrier()``.
  /// - Precondition: there is such a worker, and all name the same.
  /// - Complexity: a barrier.
  @inlinable
  public func broadcast<Value: RawTransferable>(
    _ value: Value, from root: Int
  ) throws(BarrierBroken) -> Value {
    if root < 0 || root >= count { fatalError("A team of \(count) has no worker \(root).") }
    let room = nextRoom(byteCount: MemoryLayout<Value>.size)
    // SAFETY: as above.
    if index == root { unsafe place(of: root, room: room).storeBytes(of: value, as: Value.self) }
    try barrier()
    return unsafe place(of: root, room: room).loadUnaligned(as: Value.self)
  }
}
