internal import Glibc
internal import SharedArraysSystem

// SAFETY: The attributes are a local variable, which is initialized before it is used. The retained
// body is released once: by the new thread, or here if no thread was created.

/// A thread that waits in place of a task, which must not block.
enum WaitingThread {
  private final class Body {
    let run: () -> Void

    init(_ run: @escaping () -> Void) { self.run = run }
  }

  /// Runs a closure on a thread of its own, or on this thread if none can be created.
  static func run(_ body: @escaping @Sendable () -> Void) {
    do throws(SystemError) { try start(body) } catch { body() }
  }

  /// Runs a closure on a thread of its own. The corresponding C function is `pthread_create`.
  static func start(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
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
    if error != 0 {
      unsafe Unmanaged<Body>.fromOpaque(opaque).release()
      throw SystemError(call: "pthread_create", code: error)
    }
  }
}
