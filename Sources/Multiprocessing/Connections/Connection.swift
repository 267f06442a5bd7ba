/// One end of a connection between two processes, over which typed messages cross whole and in order.
///
/// ```swift
/// let (here, there) = try Connection.pair()
/// let worker = try WorkerProcess<Empty>.start {
///   here.close()                                           // the worker has inherited both ends
///   while let number = try there.receiveUnlessEnded(Int.self) { try there.send(number * number) }
///   return Empty()
/// }
/// there.close()
/// try here.send(12)
/// print(try here.receive(Int.self))                         // 144
/// here.close()
/// try worker.join()
/// ```
///
/// **Messages.** What has been sent by one call is received by one call: values of any ``Transferable`` type, or raw
/// bytes, from none to any number that the limits of both calls and the memory allow. Small messages, up to 64 KiB, take one
/// system call on each side; larger ones cross by way of memory, and a sender can be a few messages ahead before it has to wait.
/// Up to 4 MiB that is memory which the sender uses again: an end that has sent such messages keeps as much as was on its way at
/// once, at most 16 blocks, until it is closed. Still larger ones cross in memory that nobody can change any more. Arrays, blocks,
/// queues, file descriptors and other connections cross as handles. Several threads and processes may send at the same end, and
/// receive at the same end: each message stays whole, and goes to one of the receivers.
///
/// **When a process ends**, however it ends, the kernel closes its ends. The other side receives what was sent before, and then
/// gets the error `endOfFile`; what it sends fails with `brokenPipe`, never by a signal. A message whose sender is killed in the
/// middle of it has not been sent; one whose receiver is killed in the middle of it is lost. For that an end must not be open in
/// yet another process: see ``close()``.
///
/// **Passing an end on.** An end is an argument of a worker, a result, or a value in a message: both processes have the end then,
/// so that whoever passed it on closes its own. Forked workers inherit all ends.
///
/// An end is closed when nobody holds it any more.
public final class Connection: Sendable {
  @usableFromInline let core: ConnectionCore

  init(_ core: ConnectionCore) { self.core = core }

  /// Makes a connection in both directions.
  ///
  ///     let (a, b) = try Connection.pair()
  ///     try a.send("there")
  ///     try b.send("and back")
  ///     print(try b.receive(String.self), try a.receive(String.self))
  ///
  /// - Returns: its two ends, which are alike.
  /// - Throws: ``ConnectionError`` with code `system`, for example if the process has too many files open.
  /// - Complexity: some system calls.
  public static func pair() throws(ConnectionError) -> (Connection, Connection) {
    let (first, second) = try ConnectionCore.pair(.both, .both)
    return (Connection(first), Connection(second))
  }

  /// Makes a connection in one direction.
  ///
  ///     let (receiver, sender) = try Connection.oneWay()
  ///     try sender.send([1.5, 2.5])
  ///     print(try receiver.receive([Double].self))
  ///
  /// - Returns: the end at which messages are received, and the end at which they are sent. The other calls throw
  ///   `wrongDirection`.
  /// - Throws: ``ConnectionError`` with code `system`.
  public static func oneWay() throws(ConnectionError) -> (receiver: Connection, sender: Connection) {
    let (first, second) = try ConnectionCore.pair(.receiving, .sending)
    return (Connection(first), Connection(second))
  }

  /// Whether messages can be received at this end.
  public var canReceive: Bool { core.directions.contains(.receiving) }

  /// Whether messages can be sent at this end.
  public var canSend: Bool { core.directions.contains(.sending) }

  /// Whether ``close()`` has been called in this process, or in the one it was forked from before that.
  public var isClosed: Bool { core.end.isClosed }

  /// Closes this end in this process; again and again, if you like. Calls of other threads that wait at it throw `closed` within
  /// half a second.
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
  /// The other side hears of it when no process has this end open any more. A forked worker has all ends that its parent had, so
  /// it closes those it does not use, and the parent closes those that are for the worker; the same goes for an end that was
  /// passed to a worker as a value. Workers that are spawned, or forked by the fork server, have nothing but what was passed to
  /// them.
  public func close() { core.end.close() }
}
