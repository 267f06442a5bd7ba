/// One end of a connection between two processes, which carries typed messages whole and in order.
///
/// ```swift
/// let (here, there) = try Connection.pair()
/// let worker = try WorkerProcess<NoValue>.start {
///   here.close()                                           // the worker has inherited both ends
///   while let number = try there.next(Int.self) { try there.send(number * number) }
///   return NoValue()
/// }
/// there.close()
/// try here.send(12)
/// print(try here.receive(Int.self))                         // 144
/// here.close()
/// try worker.join()
/// ```
///
/// **Messages.** One call receives what one call has sent: a value of any ``Transferable`` type, or
/// raw bytes. A message can be empty, and is limited in size only by the limits of both calls and
/// by memory. Small messages, up to 64 KiB, take one system call on each side. Larger ones pass
/// through shared memory, and a sender can be a few messages ahead before it has to wait. For
/// messages up to 4 MiB the sender reuses that memory: an end that has sent such messages keeps as
/// much memory as was in flight at once, at most 16 blocks, until it is closed. Still larger
/// messages pass through memory that no process can change any more. Arrays, blocks, queues, file
/// descriptors and other connections are sent as handles. Several threads and processes may send at
/// the same end, and receive at the same end: each message stays whole, and one of the receivers
/// gets it.
///
/// **When a process ends**, for any reason, the kernel closes its ends. The other side receives
/// what was sent before, and then gets the error `endOfFile`. A send then fails with `brokenPipe`,
/// and never raises a signal. A message whose sender is killed in the middle of it has not been
/// sent. A message whose receiver is killed in the middle of it is lost. This requires that no
/// other process has the end open: see ``close()``.
///
/// **Passing an end on.** An end can be an argument of a worker, a result, or a value in a message.
/// Both processes then have the end, so the process that passed it on closes its own. Forked
/// workers inherit all ends.
///
/// An end is closed when its last reference is released.
public final class Connection: Sendable {
  @usableFromInline let core: ConnectionCore

  init(_ core: ConnectionCore) { self.core = core }

  /// Creates a connection in both directions.
  ///
  ///     let (a, b) = try Connection.pair()
  ///     try a.send("there")
  ///     try b.send("and back")
  ///     print(try b.receive(String.self), try a.receive(String.self))
  ///
  /// - Returns: The two ends, which are alike.
  /// - Throws: ``ConnectionError`` with code `system`, for example if the process has too many
  ///   files open.
  /// - Complexity: Some system calls.
  public static func pair() throws(ConnectionError) -> (Connection, Connection) {
    let (first, second) = try ConnectionCore.pair(.both, .both)
    return (Connection(first), Connection(second))
  }

  /// Creates a connection in one direction.
  ///
  ///     let (receiver, sender) = try Connection.oneWay()
  ///     try sender.send([1.5, 2.5])
  ///     print(try receiver.receive([Double].self))
  ///
  /// - Returns: The end that receives messages, and the end that sends them. Calls for the other
  ///   direction throw `wrongDirection`.
  /// - Throws: ``ConnectionError`` with code `system`.
  public static func oneWay() throws(ConnectionError) -> (receiver: Connection, sender: Connection) {
    let (first, second) = try ConnectionCore.pair(.receiving, .sending)
    return (Connection(first), Connection(second))
  }

  /// Whether messages can be received at this end.
  public var canReceive: Bool { core.directions.contains(.receiving) }

  /// Whether messages can be sent at this end.
  public var canSend: Bool { core.directions.contains(.sending) }

  /// Whether ``close()`` has been called in this process, or in its parent before the fork.
  public var isClosed: Bool { core.end.isClosed }

  /// Closes this end in this process. Further calls do nothing. Calls of other threads that wait at
  /// this end throw `closed` within half a second.
  ///
  ///     let (here, there) = try Connection.pair()
  ///     let worker = try WorkerProcess<Int>.start {
  ///       here.close()                                // else the worker would keep it open for its own lifetime
  ///       return try there.receive(Int.self)
  ///     }
  ///     there.close()                                 // else this process would never hear of the worker's death
  ///     try here.send(1)
  ///     print(try worker.result())
  ///
  /// The other side gets the end of file when no process has this end open any more. A forked
  /// worker inherits all ends of its parent. The worker therefore closes the ends it does not use,
  /// and the parent closes those that are for the worker. The same applies to an end that was
  /// passed to a worker as a value. Workers that are spawned, or forked by the fork server, have
  /// only the ends that were passed to them.
  public func close() { core.end.close() }
}
