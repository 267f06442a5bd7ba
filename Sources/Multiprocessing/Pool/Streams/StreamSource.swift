internal import SharedArraysMemory
internal import SharedArraysSystem

/// Makes chunks of the inputs of a stream, which are pulled no earlier than their chunk is made.
struct StreamSource<Function: WorkFunction, Inputs: IteratorProtocol> where Inputs.Element == Function.Input {
  /// Most inputs of a chunk whose size was not given: so many are pulled at a time at most.
  static var mostInputs: Int { 256 }

  let core: PoolCore
  var inputs: Inputs
  let chunkSize: Int?
  let timeout: Duration?
  let retries: Int
  /// How many inputs have been pulled.
  private(set) var count = 0

  init(_ core: PoolCore, _ inputs: Inputs, chunkSize: Int?, timeout: Duration?, retries: Int) {
    self.core = core
    self.inputs = inputs
    self.chunkSize = chunkSize
    self.timeout = timeout
    self.retries = retries
  }

  /// The next chunk, which is not given out yet; nil if there are no more inputs.
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

  /// About two milliseconds' worth; one or two inputs before it is known how long they take.
  private func usualChunkSize() -> Int {
    if core.isHere { return 1 }
    if let cost = core.cost(of: Function.self) {
      return max(1, min(Self.mostInputs, Int(.milliseconds(2) / cost)))
    }
    // A single task is not timed, since it may be as short as the look at the clock.
    return count < core.region.usedWorkers ? 1 : 2
  }
}
