package import SharedArraysMemory
internal import SharedArraysSystem
package import SharedArraysTransfer

/// Memory outside the pool into which its workers write raw outputs.
package struct OutputTarget: Sendable {
  let memory: EncodedMessage
  /// The bytes from the start of the memory to the first output, and from one output to the next.
  let offset: Int
  let stride: Int

  /// - Throws: `notTransferable` for memory that cannot be sent, such as that of mapped files.
  package init(_ owner: MemoryOwner, offset: Int, stride: Int) throws(PoolError) {
    memory = EncodedMessage(try encode(MemoryHandle(owner)))
    self.offset = offset
    self.stride = stride
  }
}

extension ProcessPool {
  /// Calls a function for every input, and has the workers write the outputs to a target. The
  /// caller makes sure that the target has room for all of them.
  package func map<Function: WorkFunction, Inputs: Collection>(
    _ function: Function.Type, _ inputs: Inputs, into target: OutputTarget, chunkSize: Int?,
    timeout: Duration?, retries: Int, progress: ProgressReport?
  ) throws(PoolError) where Inputs.Element == Function.Input, Function.Output: BitwiseTransferable {
    let job = try core.job(
      function, inputs, chunkSize: chunkSize, target: target, timeout: timeout, retries: retries)
    try core.run(job, progress)
    if let failure = job.failure { throw failure }
  }
}
