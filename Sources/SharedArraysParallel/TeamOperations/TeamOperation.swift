/// An operation that an existing team can run: a type, which the members look up by its name.
///
/// An operation is a ``SlabFunction``, a ``SlabMapping`` or a ``SlabReduction``; no other type
/// needs to conform to this protocol. Private types and types inside functions cannot be looked up
/// by name, as with `WorkFunction`: the call throws a ``TeamError`` with code `notResolvable`. The
/// functions of an operation are synchronous: they use no `await` and no `Mutex`.
public protocol TeamOperation {
  /// Performs a worker's share. Each kind of operation has a default implementation, which is
  /// compiled where the type is declared.
  static func perform(_ run: OperationRun) throws
}

extension WorkerTeam {
  /// Runs an operation on arrays and an argument, which `prepare` writes to the board.
  func operate<Argument>(
    _ operation: any TeamOperation.Type, _ argument: Argument, timeout: Duration?,
    _ prepare: (OperationCaller) throws(TeamError) -> Void
  ) throws(TeamError) {
    try core.requireIdle()
    let caller = core.operations
    defer { caller.forgetArrays() }
    try caller.setOperation(operation)
    caller.setArgument(argument)
    try prepare(caller)
    try core.perform(isOperation: true, timeout: timeout)
  }
}
