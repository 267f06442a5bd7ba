internal import SharedArraysSystem

/// A request for a name that no other segment has. The new segment reports its name.
public struct GeneratedName: Sendable {
  /// A free name with 64 random bits.
  public static let generated = GeneratedName()
}
