internal import SharedArraysSystem
package import Testing

/// The requirements that a test can have on the machine. A test whose requirement is not met is
/// skipped with the reason.
extension Trait where Self == ConditionTrait {
  /// A Python that has NumPy.
  package static var needsNumPy: Self { .enabled(if: pythonIsAvailable, "No Python here has NumPy.") }

  /// The right to become another user.
  package static var needsRoot: Self {
    .enabled(if: currentUser() == 0, "Only root may become another user.")
  }

  /// A debug build, in which a test can make system calls fail.
  package static var needsFaultInjection: Self {
    .enabled(if: FaultInjection.isAvailable, "Only a debug build can make system calls fail.")
  }
}
