internal import SharedArraysSystem

/// An unnamed memory object that holds one array, mapped and reserved. It outlives the array and
/// can be reused for another one.
@safe final class AnonymousObject: @unchecked Sendable {
  // Why @unchecked: the properties are set in init, except `isSent`, which only changes to true.

  let mapping: MemoryMapping
  /// The only way to pass the object to another process, since it has no name.
  let descriptor: OwnedDescriptor
  let identity: FileIdentity
  let hugePageByteCount: Int
  let byteCount: Int
  /// The fork generation (`ForkCounters.generation`) of the process that created the object.
  let generation = ForkCounters.generation
  /// Whether another process might have the object. It is then never reused for another array.
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

/// A cache of idle objects, each reused for the next array of exactly its size.
///
/// Reserving pages costs more than most work on them, and expressions create arrays of one shape
/// again and again.
struct IdleObjects {
  /// The maximum number of bytes kept in total. An object of more than half of it is returned to
  /// the system at once.
  static let byteCountLimit = 1 << 26

  /// The objects, oldest first. The newest is reused first because its pages are most likely in the
  /// caches.
  private var objects: [AnonymousObject] = []
  private var byteCount = 0

  mutating func take(byteCount: Int) -> AnonymousObject? {
    guard let place = objects.lastIndex(where: { $0.byteCount == byteCount }) else { return nil }
    self.byteCount -= byteCount
    return objects.remove(at: place)
  }

  /// Keeps an object and returns the objects that must be returned to the system instead.
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
