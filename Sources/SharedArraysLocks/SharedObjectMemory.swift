internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

/// The memory of one shared object: a header of 64 bytes that describes it, then the object's
/// state.
///
///     offset  bytes  field
///          0      8  magic, "SHOBJ01\u{1}"
///          8      4  kind
///         12      4  layout version, 1
///         16      8  bytes of header and state
///         24     16  two numbers of the object's
///
/// The header is written before any other process can find the object, and never again. An
/// attaching process reads it once.
@safe public final class SharedObjectMemory: @unchecked Sendable {
  // Why @unchecked: all stored properties are set once.

  let memory: MemoryOwner
  let offset: Int
  /// Two numbers that the object's type chose at creation.
  let parameters: (Int, Int)
  /// The size of the state in bytes.
  let byteCount: Int
  // SAFETY: the state is `byteCount` bytes long and starts here; `memory` keeps it mapped.
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

  /// Creates an object whose state is zeroed.
  ///
  /// - Parameter prepare: A closure that initializes the zeroed state before other processes can
  ///   find the object.
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
      // SAFETY: the first word is aligned, because the object is aligned to 64 bytes.
      unsafe start.sharedWord(at: 0).pointee.store(magic, ordering: .releasing)
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
        detail: "it has \(memory.byteCount) bytes, but \(byteCount) are needed from offset \(offset)")
    }
  }

  // MARK: Attaching

  /// Attaches the object at `offset` in `memory`.
  ///
  /// - Throws: `mismatch` if no object is there, or one of another kind.
  convenience init(
    in memory: MemoryOwner, at offset: Int, _ kind: SharedObjectKind
  ) throws(SharedMemoryError) {
    try Self.check(memory, offset, byteCount: Self.headerByteCount)
    let start = unsafe memory.data + offset
    let found = unsafe start.sharedWord(at: 0, as: UInt64.self).pointee.load(ordering: .acquiring)
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

  /// Checks that the state has the size that an object of this kind, with these parameters, needs.
  func require(_ needed: Int?, _ kind: SharedObjectKind) throws(SharedMemoryError) -> SharedObjectMemory {
    guard let needed, needed <= byteCount else {
      throw SharedMemoryError(.mismatch, name: memory.name, detail: "the \(kind.text) here is damaged")
    }
    return self
  }

  /// Returns the address of a word of the state.
  func word(at place: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    // SAFETY: `place` is a multiple of 8 within the state, and the word is accessed only as an
    // atomic.
    unsafe state.sharedWord(at: place)
  }
}
