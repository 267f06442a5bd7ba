internal import Glibc
internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

/// The head before the bytes of a message in a connection: 16 bytes, or 32.
///
/// The first word contains a mark, the version of the layout, and the kind of the message. The
/// second word is the number of the message's bytes. The bytes follow in the socket, or are in a
/// memory object whose descriptor is the last one that comes with the message. This object either
/// cannot be changed any more by any process, or is lent by the sender (``MessageArena``). In lent
/// memory, two more words are the offset of the bytes, and the offset of the byte that says whether
/// they have been copied.
///
/// A message in memory puts some of its bytes into the socket as well. They mean nothing, but take
/// up room there: a sender waits for room, and therefore cannot fill the machine with large
/// messages that have not been received yet.
struct ConnectionHead {
  enum Content: UInt64 {
    /// A value that `TransferMessage` has encoded.
    case value = 0
    case bytes = 1
  }

  /// The place of the message's bytes.
  enum Place: UInt64 {
    case socket = 0
    case memory = 1
    case lentMemory = 4
  }

  var content: Content
  var place: Place
  var byteCount: Int
  /// In lent memory: the offset of the bytes, and the offset of the byte that becomes 0 once they
  /// have been copied.
  var (offset, stateOffset) = (0, 0)

  static let byteCount = 16
  private static let mark: UInt64 = 0x5348_4143_0001_0000

  init(_ content: Content, _ place: Place, byteCount: Int) {
    self.content = content
    self.place = place
    self.byteCount = byteCount
  }

  /// The words of the head, of which the first ``byteCountInSocket`` bytes are sent.
  var words: (UInt64, UInt64, UInt64, UInt64) {
    (
      Self.mark | content.rawValue << 1 | place.rawValue, UInt64(byteCount), UInt64(offset),
      UInt64(stateOffset)
    )
  }

  var byteCountInSocket: Int { place == .lentMemory ? 2 * Self.byteCount : Self.byteCount }

  /// Reads a head from received bytes, which can be anything. Returns nil if they are not a head.
  @unsafe init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= Self.byteCount else { return nil }
    let word = unsafe bytes.loadUnaligned(as: UInt64.self)
    guard word & ~7 == Self.mark, let content = Content(rawValue: word >> 1 & 1),
      let place = Place(rawValue: word & 5),
      let count = unsafe Int(exactly: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    else { return nil }
    self.init(content, place, byteCount: count)
    guard place == .lentMemory else { return }
    guard bytes.count >= 2 * Self.byteCount,
      let offset = unsafe Int(exactly: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
      let stateOffset = unsafe Int(exactly: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
    else { return nil }
    (self.offset, self.stateOffset) = (offset, stateOffset)
  }
}

/// The sizes of messages and of the room for them.
enum ConnectionSizes {
  /// The maximum size of a message that is sent in the socket itself.
  static let inline = 1 << 16
  /// The room for any message in the socket, with its head.
  static let room = ConnectionHead.byteCount + inline
  /// The room after it, for the descriptors of a message.
  static let descriptorRoom = OwnedDescriptor.mostDescriptors * MemoryLayout<CInt>.stride

  /// Returns how much of a message in a memory object is also put into the socket, to take up room
  /// there, in bytes. A socket has room for about 200 KiB: for a dozen messages of one mebibyte, or
  /// two of many mebibytes.
  static func weight(of byteCount: Int) -> Int { min(byteCount / 64, 1 << 17) }

  /// Returns the same for a message in lent memory, which has 16 blocks. A socket is full after a
  /// dozen messages, or four large ones: a sender that is further ahead would write to blocks that
  /// are no longer in any cache.
  static func weightOfLent(_ byteCount: Int) -> Int {
    byteCount < 1 << 19 ? min(byteCount, 1 << 14) : 1 << 16
  }
}

/// Memory into which lent messages are copied for reading. It is kept between messages.
final class SpareCopy: Sendable {
  /// The address of memory that begins with its own size, or 0.
  private let kept = Atomic<UInt>(0)
  /// The number of bytes before the copy.
  private static let headByteCount = 64

  init() {}

  deinit { unsafe free(exchange(nil)) }

  private func exchange(_ place: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    unsafe UnsafeMutableRawPointer(
      bitPattern: kept.exchange(UInt(bitPattern: place), ordering: .acquiringAndReleasing))
  }

  /// Returns memory for `byteCount` bytes; nil if no memory is left.
  func take(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    if let place = unsafe exchange(nil) {
      // SAFETY: The kept memory begins with its size.
      if unsafe place.load(as: Int.self) >= byteCount { return unsafe place + Self.headByteCount }
      unsafe free(place)
    }
    guard let place = unsafe malloc(Self.headByteCount + byteCount) else { return nil }
    unsafe place.storeBytes(of: byteCount, as: Int.self)
    return unsafe place + Self.headByteCount
  }

  /// Takes back memory that ``take(_:)`` has returned.
  func give(_ copy: UnsafeMutableRawPointer) {
    let place = unsafe copy - Self.headByteCount
    let isSmall = unsafe place.load(as: Int.self) <= MessageArena.largestBlock
    unsafe free(isSmall ? exchange(place) : place)
  }
}

/// Memory for one arriving message. It is kept between messages.
///
/// A call that takes the memory owns it, and other calls allocate their own. No lock is needed, so
/// a process that is forked at any time finds none held.
final class BufferCache: Sendable {
  /// The address of the memory, or 0.
  private let kept = Atomic<UInt>(0)

  init() {}

  deinit { unsafe free(exchange(nil)) }

  private func exchange(_ room: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    unsafe UnsafeMutableRawPointer(
      bitPattern: kept.exchange(UInt(bitPattern: room), ordering: .acquiringAndReleasing))
  }

  /// Returns ``ConnectionSizes/room`` and ``ConnectionSizes/descriptorRoom`` bytes; nil if no
  /// memory is left.
  func take() -> UnsafeMutableRawPointer? {
    unsafe exchange(nil) ?? malloc(ConnectionSizes.room + ConnectionSizes.descriptorRoom)
  }

  func give(_ room: UnsafeMutableRawPointer) { unsafe free(exchange(room)) }
}
