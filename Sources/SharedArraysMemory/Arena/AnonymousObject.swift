internal import SharedArraysSystem

/// An unnamed memory object of one array, mapped and reserved: what is left of the array when it has gone, and can become
/// another one's.
@safe final class AnonymousObject: @unchecked Sendable {
  // Why @unchecked: set in init, but for `isSent`, which only ever becomes true.

  let mapping: MemoryMapping
  /// Without a name, the descriptor is the only way to hand the object on.
  let descriptor: OwnedDescriptor
  let identity: FileIdentity
  let hugePageByteCount: Int
  let byteCount: Int
  /// The process that made it, by `ForkHistory.generation`.
  let generation = ForkHistory.generation
  /// Whether another process may have got it: it is never used for another array then.
  var isSent = false

  /// Creates and reserves an object of zeros.
  init(byteCount: Int) throws(SharedMemoryError) {
    let descriptor = try translatingErrors(of: nil) { () throws(SystemError) in
      try OwnedDescriptor.anonymousMemory(label: "sharedarray")
    }
    let memory = try NewMemory.reserve(byteCount, of: descriptor, name: nil)
    try translatingErrors(of: nil) { () throws(SystemError) in try descriptor.sealSize() }
    self.byteCount = byteCount
    identity = memory.identity
    hugePageByteCount = memory.hugePageByteCount
    mapping = memory.mapping
    self.descriptor = descriptor
  }
}

/// Objects that wait for the next array of exactly their size: reserving pages costs more than most work on them, and
/// expressions make arrays of one shape again and again.
struct IdleObjects {
  /// What is kept at most, in all; larger objects are given back to the system at once.
  static let byteCountLimit = 1 << 26

  /// The one that came last is taken first; its pages are most likely in the caches.
  private var objects: [AnonymousObject] = []
  private var byteCount = 0

  mutating func take(byteCount: Int) -> AnonymousObject? {
    guard let place = objects.lastIndex(where: { $0.byteCount == byteCount }) else { return nil }
    self.byteCount -= byteCount
    return objects.remove(at: place)
  }

  /// Returns what is to be given back to the system instead.
  mutating func keep(_ object: AnonymousObject) -> [AnonymousObject] {
    guard object.byteCount <= Self.byteCountLimit / 2 else { return [object] }
    objects.append(object)
    byteCount += object.byteCount
    var dropped: [AnonymousObject] = []
    while byteCount > Self.byteCountLimit {
      byteCount -= objects[0].byteCount
      dropped.append(objects.removeFirst())
    }
    return dropped
  }

  mutating func takeAll() -> [AnonymousObject] {
    defer { self = IdleObjects() }
    return objects
  }
}
