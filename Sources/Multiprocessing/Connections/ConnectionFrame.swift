internal import Glibc
internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

/// What stands before the bytes of a message in a connection: 16 bytes, or 32.
///
/// The word of the kind has a mark, the version of the layout and the kind; the other word is the number of the message's
/// bytes, which follow, or are in a memory object whose descriptor is the last one that comes with the message: one that nobody
/// can change any more, or one that the sender lends (``MessageArena``). Then two more words say where the bytes are in it, and the
/// byte that says whether they have been copied. With memory some bytes follow too, which mean nothing but that the message
/// takes room in the socket: a sender waits for room, and so cannot fill the machine with large messages that nobody has received
/// yet.
struct ConnectionHead {
  enum Content: UInt64 {
    /// What `TransferMessage` makes of a value.
    case value = 0
    case bytes = 1
  }

  /// Where the bytes of the message are.
  enum Place: UInt64 {
    case socket = 0
    case memory = 1
    case lentMemory = 4
  }

  var content: Content
  var place: Place
  var byteCount: Int
  /// In lent memory: where the bytes are, and where the byte that is to be 0 once they have been copied.
  var (offset, stateOffset) = (0, 0)

  static let byteCount = 16
  private static let mark: UInt64 = 0x5348_4143_0001_0000

  init(_ content: Content, _ place: Place, byteCount: Int) {
    self.content = content
    self.place = place
    self.byteCount = byteCount
  }

  /// The head as it crosses, of which the first ``byteCountInSocket`` bytes are sent.
  var words: (UInt64, UInt64, UInt64, UInt64) {
    (
      Self.mark | content.rawValue << 1 | place.rawValue, UInt64(byteCount), UInt64(offset),
      UInt64(stateOffset)
    )
  }

  var byteCountInSocket: Int { place == .lentMemory ? 2 * Self.byteCount : Self.byteCount }

  /// Reads what has come, which may be anything; nil if it is no head.
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

/// Sizes of messages.
enum ConnectionSizes {
  /// The most bytes of a message that crosses in the socket itself.
  static let inline = 1 << 16
  /// Room for any message that does.
  static let room = ConnectionHead.byteCount + inline
  /// Behind it: room for the descriptors of a message.
  static let descriptorRoom = OwnedDescriptor.mostDescriptors * MemoryLayout<CInt>.stride

  /// How many bytes of a message in a memory object are also put into the socket, to take room there. A socket has room for
  /// 200 KiB or so: for a dozen messages of a mebibyte, for two of many.
  static func weight(of byteCount: Int) -> Int { min(byteCount / 64, 1 << 17) }

  /// The same for a message in lent memory, of which there are 16 blocks: a socket is full of a dozen messages, or of four large
  /// ones, since a sender that is further ahead writes to blocks that no cache holds any more.
  static func weightOfLent(_ byteCount: Int) -> Int {
    byteCount < 1 << 19 ? min(byteCount, 1 << 14) : 1 << 16
  }
}

/// Memory into which lent messages are copied to be read, kept between messages.
final class SpareCopy: Sendable {
  /// The address of memory that begins with its own size, or 0.
  private let kept = Atomic<UInt>(0)
  /// In front of the copy.
  private static let headByteCount = 64

  init() {}

  deinit { unsafe free(exchange(nil)) }

  private func exchange(_ place: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    unsafe UnsafeMutableRawPointer(
      bitPattern: kept.exchange(UInt(bitPattern: place), ordering: .acquiringAndReleasing))
  }

  /// - Returns: so many bytes; nil if there is no memory.
  func take(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    if let place = unsafe exchange(nil) {
      // SAFETY: memory in the place begins with its size.
      if unsafe place.load(as: Int.self) >= byteCount { return unsafe place + Self.headByteCount }
      unsafe free(place)
    }
    guard let place = unsafe malloc(Self.headByteCount + byteCount) else { return nil }
    unsafe place.storeBytes(of: byteCount, as: Int.self)
    return unsafe place + Self.headByteCount
  }

  /// Takes back what ``take(_:)`` has returned.
  func give(_ copy: UnsafeMutableRawPointer) {
    let place = unsafe copy - Self.headByteCount
    let isSmall = unsafe place.load(as: Int.self) <= MessageArena.largestBlock
    unsafe free(isSmall ? exchange(place) : place)
  }
}

/// Memory for one message that is just arriving, kept between messages.
///
/// Whoever takes it has it alone, others get their own; there is no lock, and a process forked meanwhile finds none.
final class SpareRoom: Sendable {
  /// Its address, or 0.
  private let kept = Atomic<UInt>(0)

  init() {}

  deinit { unsafe free(exchange(nil)) }

  private func exchange(_ room: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    unsafe UnsafeMutableRawPointer(
      bitPattern: kept.exchange(UInt(bitPattern: room), ordering: .acquiringAndReleasing))
  }

  /// - Returns: ``ConnectionSizes/room`` and ``ConnectionSizes/descriptorRoom`` bytes; nil if there is no memory.
  func take() -> UnsafeMutableRawPointer? {
    unsafe exchange(nil) ?? malloc(ConnectionSizes.room + ConnectionSizes.descriptorRoom)
  }

  func give(_ room: UnsafeMutableRawPointer) { unsafe free(exchange(room)) }
}
