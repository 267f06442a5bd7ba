internal import CSharedArraysShims

/// An eventfd that wakes a process which is also polling the pidfds of other processes.
///
/// It is shared with forked children. A process that dies before it signals leaves the sleeper
/// asleep, so the sleeper also waits for the ends of the processes that could signal. The
/// corresponding C function is `eventfd`.
package final class EventFD: Sendable {
  private let descriptor: OwnedDescriptor

  package init() throws(SystemError) {
    descriptor = OwnedDescriptor(owning: try systemCall("eventfd") { cshims_eventfd_create() })
  }

  /// A descriptor that is readable after a signal until ``reset()``.
  package var pollable: CInt { descriptor.rawValue }

  package func signal() { cshims_eventfd_signal(descriptor.rawValue) }

  package func reset() { cshims_eventfd_reset(descriptor.rawValue) }
}
