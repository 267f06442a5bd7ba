internal import Glibc
internal import SystemLayer

/// Something whose end can be waited for.
public protocol Waitable: Sendable {
  /// The descriptor that polls as readable when ``join(timeout:)`` has something to do.
  var pollableDescriptor: CInt { get }

  /// Waits for the end, at most so long.
  func join(timeout: Duration?) throws(ProcessError) -> Bool
}

/// Waits until one of several has ended.
///
/// - Parameter timeout: how long; 0 or less looks once, nil waits for ever.
/// - Returns: the index of one that has ended, the lowest; nil if none had in time.
/// - Throws: ``ProcessError`` with code `foreign` in a process that did not start them.
public func waitAny(_ waitables: [any Waitable], timeout: Duration? = nil) throws(ProcessError) -> Int? {
  let deadline = Deadline(after: timeout)
  while true {
    for (index, waitable) in waitables.enumerated() where try waitable.join(timeout: .zero) { return index }
    if deadline.hasPassed || waitables.isEmpty { return nil }
    var ready = [UInt8](repeating: 0, count: waitables.count)
    do throws(SystemError) {
      // From time to time for the sake of forked workers that have come to a standstill: `join` looks after them.
      let next = Deadline.earlier(deadline, Deadline(after: .seconds(1)))
      let count = try pollDescriptors(waitables.map(\.pollableDescriptor), ready: &ready, until: next)
      if count == 0 { for waitable in waitables { _ = try? waitable.join(timeout: .milliseconds(1)) } }
    } catch {
      throw ProcessError(
        .cannotStart, message: "\(waitables.count) processes cannot be waited for", underlying: error)
    }
  }
}

/// Waits until all have ended.
///
/// - Parameter timeout: how long in all; 0 or less looks once, nil waits for ever.
/// - Returns: whether all have ended.
/// - Throws: ``ProcessError`` with code `foreign` in a process that did not start them.
public func waitAll(_ waitables: [any Waitable], timeout: Duration? = nil) throws(ProcessError) -> Bool {
  let deadline = Deadline(after: timeout)
  var allHaveEnded = true
  for waitable in waitables {
    let left: Duration? = deadline.isNever ? nil : .milliseconds(Int64(deadline.milliseconds))
    if try !waitable.join(timeout: left) { allHaveEnded = false }
  }
  return allHaveEnded
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
