internal import CSharedArraysShims

/// A descriptor by which a process is woken that waits for the ends of other processes at the same time.
///
/// It is shared with forked children. A process that dies before it has rung leaves the sleeper asleep: so the sleeper waits for
/// the ends of those that could ring, too. The corresponding C function is `eventfd`.
package final class Bell: Sendable {
  private let descriptor: OwnedDescriptor

  package init() throws(SystemError) {
    descriptor = OwnedDescriptor(owning: try systemCall("eventfd") { cshims_bell_create() })
  }

  /// Readable from a ring on until ``silence()``.
  package var pollable: CInt { descriptor.rawValue }

  package func ring() { cshims_bell_ring(descriptor.rawValue) }

  package func silence() { cshims_bell_silence(descriptor.rawValue) }
}
