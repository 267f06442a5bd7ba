internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

/// The memory of one shared object: a header of 64 bytes that says what it is, then the object's state.
///
///     offset  bytes  field
///          0      8  magic, "SHOBJ01\u{1}"
///          8      4  kind
///         12      4  layout version, 1
///         16      8  bytes of header and state
///         24     16  two numbers of the object's
///
/// The header is written before anybody else can find the object, and never again; who attaches reads it once.
@safe public final class SharedObjectMemory: @unchecked Sendable {
  // Why @unchecked: all stored properties are set once.

  let memory: MemoryOwner
  let offset: Int
  /// Two numbers that the object was made with.
  let parameters: (Int, Int)
  /// Bytes of the state.
  let byteCount: Int
  // SAFETY: `byteCount` bytes of the memory, which `memory` keeps mapped, begin here.
  @usableFromInline let state: UnsafeMutableRawPointer

  static let headerByteCount = 64
  private static let magic: UInt64 = 0x0131_304A_424F_4853  // "SHOBJ01\u{1}"

  private init(_ memory: MemoryOwner, _ offset: Int, byteCount: Int, _ parameters: (Int, Int)) {
    self.memory = memory
    self.offset = offset
    self.byteCount = byteCount
    self.parameters = parameters
    unsafe state = memory.data + offset + Self.headerByteCount
  }

  // MARK: Creating

  /// Makes an object, whose state is zeros at first.
  ///
  /// - Parameter prepare: makes of the zeros what the object begins with, before others can find it.
  static func create(
    _ place: SharedObjectPlace, _ kind: SharedObjectKind, byteCount: Int, parameters: (Int, Int) = (0, 0),
    _ prepare: (UnsafeMutableRawPointer) throws(SharedMemoryError) -> Void = { _ in }
  ) throws(SharedMemoryError) -> SharedObjectMemory {
    let total = headerByteCount + byteCount
    func fill(_ start: UnsafeMutableRawPointer) throws(SharedMemoryError) {
      try unsafe prepare(start + headerByteCount)
      unsafe start.storeBytes(of: kind.number, toByteOffset: 8, as: UInt32.self)
      unsafe start.storeBytes(of: 1, toByteOffset: 12, as: UInt32.self)
      unsafe start.storeBytes(of: total, toByteOffset: 16, as: Int.self)
      unsafe start.storeBytes(of: parameters.0, toByteOffset: 24, as: Int.self)
      unsafe start.storeBytes(of: parameters.1, toByteOffset: 32, as: Int.self)
      // SAFETY: the first word is aligned, as the object is.
      unsafe start.assumingMemoryBound(to: Atomic<UInt64>.self).pointee.store(magic, ordering: .releasing)
    }
    func publish(_ naming: Segment.Naming, _ lifetime: SegmentLifetime) throws(SharedMemoryError)
      -> MemoryOwner
    {
      try Segment.create(
        naming, kind: .lock, dataByteCount: total, header: RawSpan(), lifetime: lifetime
      ) { (data: inout MutableRawSpan) throws(SharedMemoryError) in
        try unsafe data.withUnsafeMutableBytes { (bytes) throws(SharedMemoryError) in
          try unsafe fill(bytes.baseAddress!)
        }
      }
    }
    let memory: MemoryOwner
    var offset = 0
    switch place.kind {
    case .unnamed:
      memory = try MemoryOwner.unnamed(byteCount: total)
      try unsafe fill(memory.data)
    case .named(let name, let lifetime): memory = try publish(.named(name), lifetime)
    case .generated(let lifetime): memory = try publish(.generated, lifetime)
    case .on(let block, let byteOffset):
      guard let found = block.memory else { fatalError("The block \(block.name) has been detached.") }
      memory = found
      offset = byteOffset
      try check(memory, offset, byteCount: total)
      unsafe (memory.data + offset).initializeMemory(as: UInt8.self, repeating: 0, count: total)
      try unsafe fill(memory.data + offset)
    }
    return SharedObjectMemory(memory, offset, byteCount: byteCount, parameters)
  }

  static func check(_ memory: MemoryOwner, _ offset: Int, byteCount: Int) throws(SharedMemoryError) {
    guard offset >= 0, offset % 64 == 0 else {
      throw SharedMemoryError(
        .misaligned, name: memory.name, detail: "byte offset \(offset) is not a multiple of 64")
    }
    guard offset <= memory.byteCount, byteCount <= memory.byteCount - offset else {
      throw SharedMemoryError(
        .tooSmall, name: memory.name,
        detail: "it has \(memory.byteCount) bytes, \(byteCount) are needed from \(offset) on")
    }
  }

  // MARK: Attaching

  /// The object that is in this memory.
  ///
  /// - Throws: `mismatch` if it is none, or one of another kind.
  convenience init(
    in memory: MemoryOwner, at offset: Int, _ kind: SharedObjectKind
  ) throws(SharedMemoryError) {
    try Self.check(memory, offset, byteCount: Self.headerByteCount)
    let start = unsafe memory.data + offset
    let found = unsafe start.assumingMemoryBound(to: Atomic<UInt64>.self).pointee.load(ordering: .acquiring)
    let number = unsafe start.load(fromByteOffset: 8, as: UInt32.self)
    let version = unsafe start.load(fromByteOffset: 12, as: UInt32.self)
    let total = unsafe start.load(fromByteOffset: 16, as: Int.self)
    let parameters = unsafe (
      start.load(fromByteOffset: 24, as: Int.self), start.load(fromByteOffset: 32, as: Int.self)
    )
    guard found == Self.magic, number == kind.number, version == 1, total >= Self.headerByteCount,
      total <= memory.byteCount - offset
    else {
      throw SharedMemoryError(.mismatch, name: memory.name, detail: "no \(kind.text) is here")
    }
    self.init(memory, offset, byteCount: total - Self.headerByteCount, parameters)
  }

  /// Makes sure that the state has as many bytes as the kind, with these parameters, needs.
  func require(_ needed: Int?, _ kind: SharedObjectKind) throws(SharedMemoryError) -> SharedObjectMemory {
    guard let needed, needed <= byteCount else {
      throw SharedMemoryError(.mismatch, name: memory.name, detail: "the \(kind.text) here is damaged")
    }
    return self
  }

  /// A word of the state.
  func word(at place: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    // SAFETY: places are multiples of 8 within the state, and used in this way only.
    unsafe (state + place).assumingMemoryBound(to: Atomic<UInt64>.self)
  }
}
