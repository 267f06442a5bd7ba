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
  /// - Throws: ``ProcessError`` with code `foreignProcess` if this process may not check the
  ///   object.
  func isReady() throws(ProcessError) -> Bool
}

extension Waitable {
  /// No descriptor.
  public var pollableDescriptor: CInt { -1 }
}
