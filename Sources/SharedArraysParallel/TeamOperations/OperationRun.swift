internal import Multiprocessing
public import SharedArraysCore
internal import SharedArraysMemory
internal import SharedArraysTransfer

/// A run of an operation, as the operation's own code in a worker sees it. There is nothing in it for programs.
public final class OperationRun {
  @usableFromInline let worker: TeamWorker
  private let board: OperationBoard
  /// The caller, if this worker is the caller: it has the arrays.
  private let caller: OperationCaller?
  /// What has been found by number.
  private var operations: [UInt32: any TeamOperation.Type] = [:]
  /// The memory of the last run's arrays, as it is mapped here, and which version of the board it belongs to.
  private var owners = [MemoryOwner?](repeating: nil, count: OperationBoard.mostArrays)
  private var version: UInt32?

  init(_ worker: TeamWorker, _ board: OperationBoard, caller: OperationCaller?) {
    self.worker = worker
    self.board = board
    self.caller = caller
  }

  /// Does the worker's share of the operation on the board.
  func perform() throws {
    let number = board.header.operation
    if let known = operations[number] { return try known.perform(self) }
    let name = board.name
    guard let found = _typeByName(name) as? any TeamOperation.Type else {
      throw TransferError(.invalidValue, "no operation is called \(name) in this process")
    }
    operations[number] = found
    try found.perform(self)
  }

  /// Lets go of arrays, for a worker that has nothing to do.
  func forgetArrays() {
    for number in owners.indices { owners[number] = nil }
    version = nil
    KeptMappings.dropAll()
  }

  /// Whether arrays are kept mapped.
  var keepsArrays: Bool { version != nil }

  @usableFromInline func argument<Argument>(as _: Argument.Type) -> Argument {
    // SAFETY: the caller has written an argument of this type before the run, and writes none before all have finished it.
    unsafe board.argument.loadUnaligned(as: Argument.self)
  }

  /// An array of the operation, whole.
  @usableFromInline func array<Array: StridedArray>(_ number: Int, as _: Array.Type) throws -> Array {
    let reference = board.reference(number)
    let owner = try owner(number, reference)
    // SAFETY: the caller has an array of this type there, which lies within the memory of this owner.
    let base = unsafe (owner.data + reference.offset).assumingMemoryBound(to: Array.Element.self)
    return unsafe Array(
      storage: ArrayStorage(owner: owner, base: base, shape: reference.shape, strides: reference.strides))
  }

  /// A block of a reduction.
  @usableFromInline struct Block {
    @usableFromInline let index: Int
    @usableFromInline let range: Range<Int>
  }

  /// The blocks of a reduction that this worker has: neighbours.
  @usableFromInline func blocks(of count: Int) -> LazyMapSequence<Range<Int>, Block> {
    let (size, blockCount) = (board.header.blockSize, board.header.blockCount)
    let own = Partition.blocks.share(of: worker.index, among: worker.count, of: blockCount)
    worker.note(min(own.lowerBound * size, count)..<min(own.upperBound * size, count))
    return own.lazy.map { Block(index: $0, range: $0 * size..<min(($0 + 1) * size, count)) }
  }

  /// Where the result of a block goes.
  @usableFromInline func place(of block: Int, stride: Int) -> UnsafeMutableRawPointer {
    unsafe board.result(block, stride: stride)
  }

  private func owner(_ number: Int, _ reference: ArrayReference) throws -> MemoryOwner {
    if let caller, let owner = caller.owners[number] { return owner }
    if version != board.header.version {
      // What the last few runs used stays mapped.
      KeptMappings.beginRound()
      for number in owners.indices { owners[number] = nil }
      version = board.header.version
    }
    if let owner = owners[number] { return owner }
    let owner = try reference.memory.owner()
    owners[number] = owner
    return owner
  }
}
