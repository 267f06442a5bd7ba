internal import Multiprocessing
internal import SharedArraysCore
internal import SharedArraysMemory

/// The caller's side of a team's operations, in the process that runs the team.
final class OperationCaller {
  let board: OperationBoard
  /// The arrays of the current run, for the caller's own share. Members do not use these.
  private(set) var owners: [MemoryOwner?]
  private var known: [ObjectIdentifier: (number: UInt32, name: String)] = [:]

  init(_ board: OperationBoard) {
    self.board = board
    owners = Array(repeating: nil, count: OperationBoard.mostArrays)
  }

  /// Sets the operation of the next run.
  ///
  /// - Throws: `notResolvable`.
  func setOperation(_ operation: any TeamOperation.Type) throws(TeamError) {
    let (number, name) = try known(operation)
    if board.header.operation == number { return }
    board.name = name
    board.header.operation = number
  }

  private func known(_ operation: any TeamOperation.Type) throws(TeamError) -> (number: UInt32, name: String)
  {
    if let found = known[ObjectIdentifier(operation)] { return found }
    let name: String
    do throws(ProcessError) { name = try resolvableName(of: operation) } catch {
      throw TeamError(.notResolvable, worker: 0, message: error.message)
    }
    if name.utf8.count > OperationBoard.longestName {
      throw TeamError(
        .notResolvable, worker: 0,
        message: "the name of \(String(reflecting: operation)) is too long for the team's memory"
      )
    }
    let entry = (number: UInt32(known.count + 1), name: name)
    known[ObjectIdentifier(operation)] = entry
    return entry
  }

  func setArgument<Argument>(_ argument: Argument) {
    let size = MemoryLayout<Argument>.size
    if size > OperationBoard.valueByteCount {
      fatalError(
        "A team operation's argument can have at most \(OperationBoard.valueByteCount) bytes, not \(size).")
    }
    // SAFETY: The size is checked above, and no member reads the argument between runs.
    unsafe board.argument.storeBytes(of: argument, as: Argument.self)
  }

  /// Sets the location of an array of the next run.
  ///
  /// - Throws: `notTransferable`.
  func setArray(_ number: Int, _ array: some StridedArray) throws(TeamError) {
    let storage = array.storage
    guard let owner = storage.owner else {
      fatalError("A team cannot work on a detached array.")
    }
    guard let memory = MemoryReference(owner) else {
      throw TeamError(
        .notTransferable, worker: 0,
        message:
          "the array of shape \(storage.shape) is of a mapped file, or its name has been removed")
    }
    // SAFETY: The addresses are only subtracted.
    let offset = unsafe UnsafeRawPointer(storage.base) - UnsafeRawPointer(owner.data)
    board.setReference(
      number, ArrayReference(memory: memory, offset: offset, shape: storage.shape, strides: storage.strides))
    owners[number] = owner
  }

  /// Sets the blocks into which the array of a reduction is divided.
  func setBlocks(count: Int, size: Int) {
    var header = board.header
    if (header.blockCount, header.blockSize) == (count, size) { return }
    (header.blockCount, header.blockSize) = (count, size)
    board.header = header
  }

  /// Releases the arrays of a finished run.
  func forgetArrays() {
    for number in owners.indices { owners[number] = nil }
  }
}
