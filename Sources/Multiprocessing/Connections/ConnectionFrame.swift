internal import Glibc
internal import SharedMemory
internal import Synchronization
internal import SystemLayer

/// What stands before the bytes of a message in a connection: 16 bytes.
///
/// The word of the kind has a mark, the version of the layout and the kind; the other word is the number of the message's
/// bytes, which follow, or are in a memory object whose descriptor is the last one that comes with the message. In that case
/// some bytes follow too, which mean nothing but that the message takes room in the socket: a sender waits for room, and so
/// cannot fill the machine with large messages that nobody has received yet.
struct ConnectionHead: Equatable {
  enum Content: UInt64 {
    /// What `TransferMessage` makes of a value.
    case value = 0
    case bytes = 1
  }

  var content: Content
  var isInMemory: Bool
  var byteCount: Int

  static let byteCount = 16
  private static let mark: UInt64 = 0x5348_4143_0001_0000

  init(_ content: Content, isInMemory: Bool, byteCount: Int) {
    self.content = content
    self.isInMemory = isInMemory
    self.byteCount = byteCount
  }

  var words: (UInt64, UInt64) {
    (Self.mark | content.rawValue << 1 | (isInMemory ? 1 : 0), UInt64(byteCount))
  }

  /// Reads what has come, which may be anything; nil if it is no head.
  init?(_ words: (UInt64, UInt64)) {
    guard words.0 & ~3 == Self.mark, let content = Content(rawValue: words.0 >> 1 & 1),
      let count = Int(exactly: words.1)
    else { return nil }
    self.init(content, isInMemory: words.0 & 1 == 1, byteCount: count)
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
