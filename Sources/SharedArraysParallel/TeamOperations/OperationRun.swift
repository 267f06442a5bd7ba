internal import Multiprocessing
public import SharedArraysCore
internal import SharedArraysMemory
internal import SharedArraysTransfer

/// A run of an operation, as seen by the operation's own code in a worker. Programs do not use it.
public final class OperationRun {
  @usableFromInline let worker: TeamContext
  private let board: OperationBoard
  /// The caller's side, if this worker is the caller. It holds the arrays.
  private let caller: OperationCaller?
  /// The operation types found so far, by number.
  private var operations: [UInt32: any TeamOperation.Type] = [:]
  /// The memory of the last run's arrays as mapped in this process, and the version of the board
  /// that it belongs to.
  private var owners = [MemoryOwner?](repeating: nil, count: OperationBoard.mostArrays)
  private var version: UInt32?

  init(_ worker: TeamContext, _ board: OperationBoard, caller: OperationCaller?) {
    self.worker = worker
    self.board = board
    self.caller = caller
  }

  /// Performs the worker's share of the operation on the board.
  func perform() throws {
    let number = board.header.operation
    if let known = operations[number] { return try known.perform(self) }
    let name = board.name
    guard let found = _typeByName(name) as? any TeamOperation.Type else {
      throw TransferError(.invalidValue, "this process has no operation named \(name)")
    }
    operations[number] = found
    try found.perform(self)
  }

  /// Releases the arrays, for an idle worker.
  func forgetArrays() {
    for number in owners.indices { owners[number] = nil }
    version = nil
    MappingCache.dropAll()
  }

  /// Whether arrays are kept mapped.
  var keepsArrays: Bool { version != nil }

  @usableFromInline func argument<Argument>(as _: Argument.Type) -> Argument {
    // SAFETY: The caller wrote an argument of this type before the run, and writes no other before
    // all workers have finished the run.
    unsafe board.argument.loadUnaligned(as: Argument.self)
  }

  /// Returns a whole array of the operation.
  @usableFromInline func array<Array: StridedArray>(_ number: Int, as _: Array.Type) throws -> Array {
    let reference = board.reference(number)
    let owner = try owner(number, reference)
    // SAFETY: The caller has an array of this type at this offset, within the memory of this owner.
    let base = unsafe (owner.data + reference.offset).assumingMemoryBound(to: Array.Element.self)
    return unsafe Array(
      storage: ArrayStorage(owner: owner, base: base, shape: reference.shape, strides: reference.strides))
  }

  /// A block of a reduction.
  @usableFromInline struct Block {
    @usableFromInline let index: Int
    @usableFromInline let range: Range<Int>
  }

  /// Returns the blocks of a reduction that belong to this worker. They are adjacent.
  @usableFromInline func blocks(of count: Int) -> LazyMapSequence<Range<Int>, Block> {
    let (size, blockCount) = (board.header.blockSize, board.header.blockCount)
    let own = Partition.blocks.share(of: worker.index, among: worker.count, of: blockCount)
    worker.note(min(own.lowerBound * size, count)..<min(own.upperBound * size, count))
    return own.lazy.map { Block(index: $0, range: $0 * size..<min(($0 + 1) * size, count)) }
  }

  /// Returns the address of the result of a block.
  @usableFromInline func place(of block: Int, stride: Int) -> UnsafeMutableRawPointer {
    unsafe board.result(block, stride: stride)
  }

  private func owner(_ number: Int, _ reference: ArrayReference) throws -> MemoryOwner {
    if let caller, let owner = caller.owners[number] { return owner }
    if version != board.header.version {
      // The memory used by the last few runs stays mapped.
      MappingCache.beginRound()
      for number in owners.indices { owners[number] = nil }
      version = board.header.version
    }
    if let owner = owners[number] { return owner }
    let owner = try reference.memory.owner()
    owners[number] = owner
    return owner
  }
}
