import SharedArraysMemory
import SharedArraysSystem

extension Faults {
  static func operation(_ operation: String, name: String) -> Operation? {
    switch operation {
    case "create": creation(of: name, byteCount: 10_000)
    case "create-large": creation(of: name, byteCount: 5 << 20)
    case "create-unnamed": unnamedCreation(byteCount: 5 << 20)
    case "attach": attaching(name)
    case "copy": copying(name)
    case "unlink": unlinking(name)
    case "list": listing(name)
    case "detach": detaching(name)
    default: nil
    }
  }

  private static func exists(_ name: String) -> Bool {
    (try? SharedMemoryDirectory.status(of: name)) != nil
  }

  private static func make(_ name: String, _ byteCount: Int, _ lifetime: SegmentLifetime) throws {
    _ = try Content.create(.named(name), byteCount: byteCount, lifetime)
  }

  private static func creation(of name: String, byteCount: Int) -> Operation {
    Operation(
      prepare: {},
      attempt: { () throws(SharedMemoryError) in
        try Content.create(.named(name), byteCount: byteCount, .persistent)
      },
      isRight: { hasThrown in
        hasThrown ? !exists(name) : (try? Content.attach(name, .readWrite)) != nil
      },
      restore: { hasThrown in
        if hasThrown { try make(name, byteCount, .persistent) }
        try Segment.unlink(name)
      })
  }

  private static func unnamedCreation(byteCount: Int) -> Operation {
    func attempt() throws(SharedMemoryError) -> Segment {
      try Content.create(.unnamed, byteCount: byteCount, .temporary)
    }
    return Operation(
      prepare: {}, attempt: { () throws(SharedMemoryError) in try attempt() }, isRight: { _ in true },
      restore: { _ in _ = try attempt() })
  }

  private static func attaching(_ name: String) -> Operation {
    Operation(
      prepare: { try make(name, 10_000, .persistent) },
      attempt: { () throws(SharedMemoryError) in try Segment.attach(name, access: .readOnly).segment },
      isRight: { _ in exists(name) },
      restore: { _ in
        _ = try Content.attach(name, .readWrite)
        try Segment.unlink(name)
      })
  }

  private static func copying(_ name: String) -> Operation {
    func copy() throws(SharedMemoryError) -> Segment {
      try Segment.loadCopy(of: name) { (_, byteCount) throws(SharedMemoryError) in
        try Content.create(.unnamed, byteCount: byteCount, .temporary)
      }
    }
    return Operation(
      prepare: { try make(name, 10_000, .persistent) },
      attempt: { () throws(SharedMemoryError) in try copy() },
      isRight: { _ in exists(name) },
      restore: { _ in
        _ = try copy()
        try Segment.unlink(name)
      })
  }

  private static func unlinking(_ name: String) -> Operation {
    Operation(
      prepare: { try make(name, 10_000, .persistent) },
      attempt: { () throws(SharedMemoryError) in
        try Segment.unlink(name)
        return nil
      },
      isRight: { hasThrown in
        hasThrown ? (try? Content.attach(name, .readWrite)) != nil : !exists(name)
      },
      restore: { hasThrown in if hasThrown { try Segment.unlink(name) } })
  }

  /// The listing of segments: a list without an error must name every segment that exists.
  private static func listing(_ name: String) -> Operation {
    let kept = name + "-kept"
    // The names in the last list without an error.
    final class Shown { var names: [String]? }
    let shown = Shown()
    return Operation(
      prepare: {
        try make(kept, 10_000, .persistent)
        try abandon(name, byteCount: 10_000)
        shown.names = nil
      },
      attempt: { () throws(SharedMemoryError) in
        shown.names = try Segment.list().map(\.name)
        return nil
      },
      isRight: { hasThrown in
        guard !hasThrown, let names = shown.names else { return exists(kept) }
        return names.contains(kept) && names.contains(name) == exists(name)
      },
      restore: { _ in
        _ = try Segment.list()
        if exists(name) { throw AgentFailure(text: "the abandoned segment still exists") }
        try Segment.unlink(kept)
      })
  }

  /// Detaching: it never fails, and the next list removes a name that it had to leave.
  private static func detaching(_ name: String) -> Operation {
    final class Held { var segment: Segment? }
    let held = Held()
    return Operation(
      prepare: { held.segment = try Content.create(.named(name), byteCount: 10_000, .temporary) },
      attempt: { () throws(SharedMemoryError) in
        held.segment = nil
        return nil
      },
      isRight: { _ in true },
      restore: { _ in
        _ = try Segment.list()
        if exists(name) { throw AgentFailure(text: "the detached segment still exists") }
      })
  }
}
