internal import CSharedArraysShims

/// An eventfd that wakes a process which is also polling the pidfds of other processes.
///
/// It is shared with forked children. A process that dies before it rings the bell leaves the
/// sleeper asleep, so the sleeper also waits for the ends of the processes that could ring. The
/// corresponding C function is `eventfd`.
package final class EventFD: Sendable {
  private let descriptor: OwnedDescriptor

  package init() throws(SystemError) {
    descriptor = OwnedDescriptor(owning: try systemCall("eventfd") { cshims_bell_create() })
  }

  /// A descriptor that is readable after a ring until ``silence()``.
  package var pollable: CInt { descriptor.rawValue }

  package func ring() { cshims_bell_ring(descriptor.rawValue) }

  package func silence() { cshims_bell_silence(descriptor.rawValue) }
}
