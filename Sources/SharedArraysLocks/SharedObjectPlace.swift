public import SharedArraysMemory
internal import SharedArraysSystem
internal import SharedArraysTransfer

/// The place of a lock, or of another shared object, in memory.
public struct SharedObjectPlace: Sendable {
  enum Kind: Sendable {
    case unnamed
    case named(String, SegmentLifetime)
    case generated(SegmentLifetime)
    case on(SharedBlock, byteOffset: Int)
  }

  let kind: Kind

  /// Memory without a name. Forked workers inherit the object; other processes receive it as an
  /// argument.
  public static let unnamed = SharedObjectPlace(kind: .unnamed)

  /// A new name, by which other programs find the object. The rules for names and lifetimes, and
  /// for names after a crash, are those of arrays: see `SharedArray.create`.
  public static func named(_ name: String, lifetime: SegmentLifetime = .temporary) -> SharedObjectPlace {
    SharedObjectPlace(kind: .named(name, lifetime))
  }

  /// A generated name, which the object's `name` returns.
  public static func generatedName(lifetime: SegmentLifetime = .temporary) -> SharedObjectPlace {
    SharedObjectPlace(kind: .generated(lifetime))
  }

  /// A part of a block, at a multiple of 64 bytes. The program must not use these bytes for
  /// anything else.
  public static func on(_ block: SharedBlock, byteOffset: Int = 0) -> SharedObjectPlace {
    SharedObjectPlace(kind: .on(block, byteOffset: byteOffset))
  }
}
