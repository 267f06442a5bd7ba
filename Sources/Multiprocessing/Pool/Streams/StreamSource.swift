internal import SharedArraysMemory
internal import SharedArraysSystem

/// A source of chunks for a stream. It pulls the inputs of a chunk only when it makes the chunk.
struct StreamSource<Function: WorkFunction, Inputs: IteratorProtocol> where Inputs.Element == Function.Input {
  /// The most inputs of a chunk whose size was not given, and thus the most that are pulled at a
  /// time.
  static var mostInputs: Int { 256 }

  let core: PoolCore
  var inputs: Inputs
  let chunkSize: Int?
  let timeout: Duration?
  let retries: Int
  /// The number of inputs that have been pulled.
  private(set) var count = 0

  init(_ core: PoolCore, _ inputs: Inputs, chunkSize: Int?, timeout: Duration?, retries: Int) {
    self.core = core
    self.inputs = inputs
    self.chunkSize = chunkSize
    self.timeout = timeout
    self.retries = retries
  }

  /// Returns the next chunk, which has not been submitted; nil if no inputs are left.
  mutating func next() throws(PoolError) -> (job: PoolJob, first: Int)? {
    let wanted = chunkSize ?? usualChunkSize()
    var piece: [Function.Input] = []
    while piece.count < wanted, let input = inputs.next() { piece.append(input) }
    if piece.isEmpty { return nil }
    let first = count
    count += piece.count
    return (
      try core.job(
        Function.self, piece, chunkSize: piece.count, timeout: timeout, retries: retries), first
    )
  }

  /// Returns the number of inputs that take about two milliseconds, or one or two inputs before
  /// their time is known.
  private func usualChunkSize() -> Int {
    if core.isHere { return 1 }
    if let cost = core.cost(of: Function.self) {
      return max(1, min(Self.mostInputs, Int(.milliseconds(2) / cost)))
    }
    // A single task is not timed, since it might be as short as reading the clock.
    return count < core.region.usedWorkers ? 1 : 2
  }
}
