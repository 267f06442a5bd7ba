internal import SharedArraysSystem

/// Something that can be waited for together with others: the end of a process, a message of a connection, an item of a queue.
///
///     let (here, there) = try Connection.pair()
///     let worker = try WorkerProcess<Empty>.start { try there.send(1); return Empty() }
///     there.close()
///     switch try waitAny([worker, here]) {
///     case 0: print("the worker has ended")
///     case 1: print(try here.receive(Int.self))
///     default: break
///     }
///
/// Processes, connections and listeners have descriptors; queues and events have none and wake the wait by themselves. Where both
/// kinds are waited for at once, the descriptors are looked at every 1 to 10 milliseconds, so that a wait ends by so much later.
///
/// A type of one's own conforms by a descriptor that can be polled, such as an eventfd or a socket. One that has none, since it
/// lives in shared memory, says -1: a wait then asks it every 1 to 5 milliseconds (1 to 10 beside a queue or an event), which
/// costs a core about a thousandth of its time for each, and lets the wait end by so much later.
public protocol Waitable: Sendable {
  /// The descriptor that polls as readable when ``isReady()`` may have become true; -1 if there is none.
  var pollableDescriptor: CInt { get }

  /// Whether the wait for it is over now: looks, and does not wait.
  ///
  /// - Throws: ``ProcessError`` with code `foreign` if this process may not ask.
  func isReady() throws(ProcessError) -> Bool
}

extension Waitable {
  /// None.
  public var pollableDescriptor: CInt { -1 }
}

/// What has to be looked after from time to time while it is waited for.
protocol LookedAfter {
  /// Takes some milliseconds at most.
  func lookAfter()
}

/// Waits until one of several is ready: a process has ended, a connection has something to receive, a queue an item.
///
///     let queue = try SharedQueue<Int>(capacity: 10), stop = try SharedEvent()
///     let worker = try WorkerProcess<Empty>.start { try queue.put(1); return Empty() }
///     if try waitAny([stop, queue], timeout: .seconds(10)) == 1 { print(try queue.get()) }
///     try worker.join()
///
/// - Parameter timeout: how long; 0 or less looks once, nil waits for ever.
/// - Returns: the index of one that is ready, the lowest; nil if none was in time, or there are none.
/// - Throws: ``ProcessError`` with code `foreign` for a process that another one has started.
/// - Complexity: O(number of them) each time something happens; see ``Waitable`` for how it is noticed.
public func waitAny(_ waitables: [any Waitable], timeout: Duration? = nil) throws(ProcessError) -> Int? {
  var wait = CommonWait(waitables, timeout: timeout)
  return try wait.next(1).first
}

/// Waits until at least one of several is ready, and tells of all that are.
///
///     let numbers = try SharedQueue<Int>(capacity: 10), words = try SharedQueue<String>(capacity: 10)
///     try numbers.put(1)
///     try words.put("one")
///     print(try waitSome([numbers, words]))                     // [0, 1]
///
/// - Parameter timeout: how long; 0 or less looks once, nil waits for ever.
/// - Returns: the indices of those that are ready, in order; empty if none was in time, or there are none. What is listed twice is
///   told of twice.
/// - Throws: ``ProcessError`` with code `foreign` for a process that another one has started.
/// - Complexity: as ``waitAny(_:timeout:)``.
public func waitSome(_ waitables: [any Waitable], timeout: Duration? = nil) throws(ProcessError) -> [Int] {
  var wait = CommonWait(waitables, timeout: timeout)
  return try wait.next()
}

/// Waits until each of several has been ready once: all processes have ended, each connection has had something to receive.
///
/// - Parameter timeout: how long in all; 0 or less looks once, nil waits for ever.
/// - Returns: whether all have been.
/// - Throws: ``ProcessError`` with code `foreign` for a process that another one has started.
public func waitAll(_ waitables: [any Waitable], timeout: Duration? = nil) throws(ProcessError) -> Bool {
  var wait = CommonWait(waitables, timeout: timeout)
  while !wait.isOver {
    let ready = try wait.next()
    if ready.isEmpty { return false }
    wait.leaveOut(ready)
  }
  return true
}
