internal import Glibc
internal import SystemLayer

/// Something that can be waited for together with others: the end of a process, a message of a connection.
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
/// A type of one's own conforms by a descriptor that can be polled, such as an eventfd or a socket. One that has none, since it
/// lives in shared memory, says -1: ``waitAny(_:timeout:)`` then asks it every 1 to 5 milliseconds, which costs a core about a
/// thousandth of its time for each, and lets the wait end by so much later.
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

/// Waits until one of several is ready: a process has ended, a connection has something to receive.
///
/// - Parameter timeout: how long; 0 or less looks once, nil waits for ever.
/// - Returns: the index of one that is ready, the lowest; nil if none was in time.
/// - Throws: ``ProcessError`` with code `foreign` for a process that another one has started.
/// - Complexity: a `poll` of all descriptors each time something happens; see ``Waitable`` for those without one.
public func waitAny(_ waitables: [any Waitable], timeout: Duration? = nil) throws(ProcessError) -> Int? {
  let deadline = Deadline(after: timeout)
  var look = Deadline(after: .seconds(1))
  var pause = 1
  while true {
    for (index, waitable) in waitables.enumerated() where try waitable.isReady() { return index }
    if deadline.hasPassed || waitables.isEmpty { return nil }
    let descriptors = waitables.map(\.pollableDescriptor)
    var next = Deadline.earlier(deadline, look)
    if descriptors.contains(where: { $0 < 0 }) {
      next = .earlier(next, Deadline(after: .milliseconds(pause)))
      pause = min(pause + 1, 5)
    }
    do throws(SystemError) {
      var ready = [UInt8](repeating: 0, count: descriptors.count)
      _ = try pollDescriptors(descriptors, ready: &ready, until: next)
    } catch {
      throw ProcessError(
        .cannotStart, message: "\(waitables.count) things cannot be waited for", underlying: error)
    }
    if look.hasPassed {
      for waitable in waitables { (waitable as? any LookedAfter)?.lookAfter() }
      look = Deadline(after: .seconds(1))
    }
  }
}

/// Waits until each of several has been ready once: all processes have ended, each connection has had something to receive.
///
/// - Parameter timeout: how long in all; 0 or less looks once, nil waits for ever.
/// - Returns: whether all have been.
/// - Throws: ``ProcessError`` with code `foreign` for a process that another one has started.
public func waitAll(_ waitables: [any Waitable], timeout: Duration? = nil) throws(ProcessError) -> Bool {
  let deadline = Deadline(after: timeout)
  var allHaveBeen = true
  for waitable in waitables {
    let left: Duration? = deadline.isNever ? nil : .milliseconds(Int64(deadline.milliseconds))
    if try waitAny([waitable], timeout: left) == nil { allHaveBeen = false }
  }
  return allHaveBeen
}

/// A thread that waits where a task must not.
enum WaitingThread {
  private final class Body {
    let run: () -> Void

    init(_ run: @escaping () -> Void) { self.run = run }
  }

  /// Runs a body on a thread of its own; on this one, if no thread can be had.
  static func run(_ body: @escaping @Sendable () -> Void) {
    let opaque = unsafe Unmanaged.passRetained(Body(body)).toOpaque()
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
    unsafe pthread_attr_setstacksize(&attributes, 1 << 18)
    var thread = pthread_t()
    let error = unsafe pthread_create(
      &thread, &attributes,
      { opaque in
        if let opaque = unsafe opaque { unsafe Unmanaged<Body>.fromOpaque(opaque).takeRetainedValue().run() }
        return nil
      }, opaque)
    if error != 0 { unsafe Unmanaged<Body>.fromOpaque(opaque).takeRetainedValue().run() }
  }
}
