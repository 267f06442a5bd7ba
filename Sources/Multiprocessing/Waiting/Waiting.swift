internal import SharedArraysSystem

/// An object that can be waited for together with others: the end of a process, a message of a
/// connection, an item of a queue.
///
///     let (here, there) = try Connection.pair()
///     let worker = try WorkerProcess<NoValue>.start { try there.send(1); return NoValue() }
///     there.close()
///     switch try waitAny([worker, here]) {
///     case 0: print("the worker has ended")
///     case 1: print(try here.receive(Int.self))
///     default: break
///     }
///
/// Processes, connections and listeners have descriptors. Queues and events have none, and wake the
/// wait themselves. A wait for both kinds checks the descriptors every 1 to 10 milliseconds, and
/// can therefore end that much later.
///
/// A custom type conforms with a descriptor that can be polled, such as an eventfd or a socket. A
/// type that has none, because it lives in shared memory, returns -1. A wait then checks it every 1
/// to 5 milliseconds (1 to 10 together with a queue or an event). This costs about a thousandth of
/// a core's time for each object, and the wait can end that much later.
public protocol Waitable: Sendable {
  /// The descriptor that polls as readable when ``isReady()`` may have become true; -1 if the
  /// object has none.
  var pollableDescriptor: CInt { get }

  /// Returns whether the wait for the object is over now. It checks, and does not wait.
  ///
  /// - Throws: ``ProcessError`` with code `foreign` if this process may not check the object.
  func isReady() throws(ProcessError) -> Bool
}

extension Waitable {
  /// No descriptor.
  public var pollableDescriptor: CInt { -1 }
}

/// An object that needs care from time to time while it is waited for.
protocol Supervised {
  /// Takes care of the object, in some milliseconds at most.
  func lookAfter()
}

/// Waits until one of several objects is ready: a process has ended, a connection has something to
/// receive, a queue has an item.
///
///     let queue = try SharedQueue<Int>(capacity: 10), stop = try SharedEvent()
///     let worker = try WorkerProcess<NoValue>.start { try queue.put(1); return NoValue() }
///     if try waitAny([stop, queue], timeout: .seconds(10)) == 1 { print(try queue.get()) }
///     try worker.join()
///
/// - Parameter timeout: The longest time to wait; 0 or less checks once, nil waits forever.
/// - Returns: The lowest index of a ready object; nil if none was ready in time, or the list is
///   empty.
/// - Throws: ``ProcessError`` with code `foreign` for a process that another process has started.
/// - Complexity: O(number of objects) each time something happens; see ``Waitable`` for how it is
///   noticed.
public func waitAny(_ waitables: [any Waitable], timeout: Duration? = nil) throws(ProcessError) -> Int? {
  var wait = WaitSet(waitables, timeout: timeout)
  return try wait.next(1).first
}

/// Waits until at least one of several objects is ready, and returns all that are.
///
///     let numbers = try SharedQueue<Int>(capacity: 10), words = try SharedQueue<String>(capacity: 10)
///     try numbers.put(1)
///     try words.put("one")
///     print(try waitSome([numbers, words]))                     // [0, 1]
///
/// - Parameter timeout: The longest time to wait; 0 or less checks once, nil waits forever.
/// - Returns: The indices of the ready objects, in order; empty if none was ready in time, or the
///   list is empty. An object that is listed twice is returned twice.
/// - Throws: ``ProcessError`` with code `foreign` for a process that another process has started.
/// - Complexity: The same as for ``waitAny(_:timeout:)``.
public func waitSome(_ waitables: [any Waitable], timeout: Duration? = nil) throws(ProcessError) -> [Int] {
  var wait = WaitSet(waitables, timeout: timeout)
  return try wait.next()
}

/// Waits until each of several objects has been ready once: all processes have ended, each
/// connection has had something to receive.
///
/// - Parameter timeout: The longest time to wait in all; 0 or less checks once, nil waits forever.
/// - Returns: Whether all objects have been ready.
/// - Throws: ``ProcessError`` with code `foreign` for a process that another process has started.
public func waitAll(_ waitables: [any Waitable], timeout: Duration? = nil) throws(ProcessError) -> Bool {
  var wait = WaitSet(waitables, timeout: timeout)
  while !wait.isOver {
    let ready = try wait.next()
    if ready.isEmpty { return false }
    wait.leaveOut(ready)
  }
  return true
}
