/// What a team can run though it was chosen after the team was made: a type, which the members find by its name.
///
/// It is a ``SlabFunction``, a ``SlabMapping`` or a ``SlabReduction``; nothing else needs to conform to this. As with
/// `WorkFunction`, private types and types inside functions have no name that leads back to them: the call throws a ``TeamError``
/// with code `notResolvable`. What the functions call is synchronous: no `await`, no `Mutex`.
public protocol TeamOperation {
  /// Does a worker's share. There is a default for each kind of operation, which is compiled where the type is declared.
  static func perform(_ run: OperationRun) throws
}

extension WorkerTeam {
  /// Runs an operation on arrays and an argument, which `prepare` puts on the board.
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
