internal import SharedArraysMemory
internal import SharedArraysSystem
internal import SharedArraysTransfer

/// The kind of a shared object, which is stored in its memory.
public struct SharedObjectKind: Hashable, Sendable {
  let number: UInt32
  let text: String

  static let mutex = SharedObjectKind(number: 1, text: "mutex")
  static let value = SharedObjectKind(number: 2, text: "value")
  static let condition = SharedObjectKind(number: 3, text: "condition")
  static let event = SharedObjectKind(number: 4, text: "event")
  static let atomic = SharedObjectKind(number: 5, text: "atomic")
  static let semaphore = SharedObjectKind(number: 6, text: "semaphore")
  static let barrier = SharedObjectKind(number: 7, text: "barrier")
  static let readWriteLock = SharedObjectKind(number: 8, text: "read-write lock")
}
