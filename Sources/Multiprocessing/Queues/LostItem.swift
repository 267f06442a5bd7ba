internal import SharedArraysMemory

/// An item that was lost when a process died.
public struct LostItem: Hashable, Sendable {
  /// Whether the process was putting the item in or taking it out.
  public enum Role: Int, Hashable, Sendable {
    /// The process was putting the item in.
    case producer = 1
    /// The process was taking the item out.
    case consumer = 2
  }

  /// The number of items that were put in before it.
  public let number: Int
  /// The pid of the process that held the item and died.
  public let pid: Int
  /// Whether the process was putting the item in or taking it out.
  public let role: Role
}
