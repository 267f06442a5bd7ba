import SharedArraysMemory
import SharedArraysSystem
import Synchronization

/// The content of the agent's segments: a header that contains the size, and zeroed data that
/// begins with one atomic word.
enum Content {
  static func header(_ byteCount: Int) -> [UInt8] { Array("segment-agent \(byteCount);".utf8) }

  static func create(
    _ naming: Segment.Naming, byteCount: Int, _ lifetime: SegmentLifetime
  ) throws(SharedMemoryError) -> Segment {
    // SAFETY: bytes have no padding and no addresses in them.
    try unsafe Segment.create(
      naming, dataByteCount: byteCount, header: header(byteCount).span.bytes, lifetime: lifetime)
  }

  /// Attaches a segment of the agent and checks that it is complete.
  static func attach(_ name: String, _ access: MappingAccess) throws -> Segment {
    let attached = try Segment.attach(name, access: access)
    let byteCount = attached.segment.control.dataByteCount
    guard attached.header.starts(with: header(byteCount)),
      attached.header.count == Segment.writtenHeaderByteCount
    else { throw AgentFailure(text: "the header is incomplete") }
    return attached.segment
  }

  static func openOrCreate(_ name: String, byteCount: Int) throws -> (Segment, isNew: Bool) {
    while true {
      do {
        return (try attach(name, .readWrite), false)
      } catch let error as SharedMemoryError where error.code == .notFound {}
      do throws(SharedMemoryError) {
        return (try create(.named(name), byteCount: byteCount, .temporary), true)
      } catch {
        if error.code != .alreadyExists { throw error }
      }
    }
  }

  static func fill(_ segment: Segment, seed: Int) {
    // SAFETY: the data has this many bytes.
    let bytes = unsafe UnsafeMutableRawBufferPointer(
      start: segment.data, count: segment.control.dataByteCount)
    for i in bytes.indices { unsafe bytes[i] = pattern(i, seed) }
  }

  static func isFilled(_ segment: Segment, seed: Int) -> Bool {
    // SAFETY: as above.
    let bytes = unsafe UnsafeRawBufferPointer(start: segment.data, count: segment.control.dataByteCount)
    return bytes.indices.allSatisfy { unsafe bytes[$0] == pattern($0, seed) }
  }

  /// Returns whether the data is zero. Checks the first byte of each page and the last byte.
  static func isFresh(_ segment: Segment) -> Bool {
    // SAFETY: as above.
    let bytes = unsafe UnsafeRawBufferPointer(start: segment.data, count: segment.control.dataByteCount)
    if bytes.count > 0, unsafe bytes[bytes.count - 1] != 0 { return false }
    return stride(from: 0, to: bytes.count, by: 4096).allSatisfy { unsafe bytes[$0] == 0 }
  }

  private static func pattern(_ index: Int, _ seed: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: seed &* (index &+ (index >> 8) &+ 1))
  }

  /// The first word of the data, shared by all processes that map it.
  struct Word {
    fileprivate let segment: Segment

    var value: Int {
      get { unsafe address.pointee.load(ordering: .acquiring) }
      nonmutating set { unsafe address.pointee.store(newValue, ordering: .releasing) }
    }

    private var address: UnsafeMutablePointer<Atomic<Int>> {
      // SAFETY: data begins on a page boundary and has 8 bytes; every agent uses them as an atomic
      // word.
      unsafe segment.data.assumingMemoryBound(to: Atomic<Int>.self)
    }
  }

  static func word(of segment: Segment) throws -> Word {
    guard segment.control.dataByteCount >= 8 else { throw AgentFailure(text: "data smaller than a word") }
    return Word(segment: segment)
  }
}
