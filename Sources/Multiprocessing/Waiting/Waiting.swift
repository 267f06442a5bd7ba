internal import SharedArraysSystem

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
/// - Throws: ``ProcessError`` with code `foreignProcess` for a process that another process has
///   started.
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
/// - Throws: ``ProcessError`` with code `foreignProcess` for a process that another process has
///   started.
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
/// - Throws: ``ProcessError`` with code `foreignProcess` for a process that another process has
///   started.
public func waitAll(_ waitables: [any Waitable], timeout: Duration? = nil) throws(ProcessError) -> Bool {
  var wait = WaitSet(waitables, timeout: timeout)
  while !wait.isOver {
    let ready = try wait.next()
    if ready.isEmpty { return false }
    wait.leaveOut(ready)
  }
  return true
}
