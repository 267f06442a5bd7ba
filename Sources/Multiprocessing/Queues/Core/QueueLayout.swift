internal import SharedArraysSystem

/// The offsets of the parts of a queue, in bytes from the beginning of the queue.
///
///     offset  part
///          0  magic, version, capacity, item size, participants, item type, flags: 8 bytes each
///        128  the position at which the next item goes in
///        256  the position at which the next item comes out
///        384  whether consumers may be asleep, a futex word; then whether watchers may be asleep
///        392  how often watchers were woken, a futex word
///        448  whether producers may be asleep, a futex word
///        512  flags: closed; counts of lost and abandoned items
///        576  the lock of the descriptor channel
///        640  the latest losses
///       1152  a record of 64 bytes for each participant
///          …  a word of 8 bytes for each cell
///          …  the cells
///
/// Words that different processes write are on separate cache lines, and separate pairs of lines.
struct QueueLayout: Equatable, Sendable {
  static let magic: UInt64 = 0x0131_5545_5551_4853  // "SHQUEU1\u{1}"
  static let mostItems = 1 << QueueWord.indexBitCount
  static let mostParticipants = QueueWord.mostSlots

  static let tail = 128
  static let head = 256
  static let consumersAsleep = 384
  static let watchers = 392
  static let producersAsleep = 448
  static let isClosed = 512
  static let lostCount = 520
  static let abandonedCount = 536
  static let joinersAsleep = 544
  /// The offset of a robust mutex, in unnamed queues of encoded items.
  static let channelLock = 576
  static let losses = 640
  static let lossCount = 16
  static let lossByteCount = 32
  static let records = losses + lossCount * lossByteCount
  static let recordByteCount = 64
  /// In a record: the numbers of items that its process has taken and has marked as done.
  static let takenInRecord = 16
  static let doneInRecord = 24

  let capacity: Int
  /// The size of the largest item in bytes.
  let itemByteCount: Int
  let participants: Int
  /// A fingerprint of the item type.
  let fingerprint: UInt64
  /// Whether consumers mark items as done.
  let tracksItems: Bool

  /// The distance between two cells in bytes. Small cells are packed; larger ones begin on a cache
  /// line.
  var stride: Int {
    itemByteCount <= 32 ? roundUp(max(itemByteCount, 8), to: 8) : roundUp(itemByteCount, to: 64)
  }
  var words: Int { Self.records + participants * Self.recordByteCount }
  var cells: Int { roundUp(words + capacity * 8, to: 128) }

  /// The size of the whole queue in bytes; nil if the sizes are out of range.
  var byteCount: Int? {
    guard capacity >= 1, capacity <= Self.mostItems, participants >= 1,
      participants <= Self.mostParticipants, itemByteCount >= 0, itemByteCount <= Int.max / 4
    else { return nil }
    let (items, overflow) = capacity.multipliedReportingOverflow(by: stride)
    let (sum, overflowOfSum) = items.addingReportingOverflow(cells)
    return overflow || overflowOfSum ? nil : sum
  }

  /// The words at the beginning of a queue.
  var header: [UInt64] {
    [
      Self.magic, 1, UInt64(capacity), UInt64(itemByteCount), UInt64(participants), fingerprint,
      tracksItems ? 1 : 0,
    ]
  }

  static let headerWordCount = 7

  init(capacity: Int, itemByteCount: Int, participants: Int, fingerprint: UInt64, tracksItems: Bool) {
    self.tracksItems = tracksItems
    self.capacity = capacity
    self.itemByteCount = itemByteCount
    self.participants = participants
    self.fingerprint = fingerprint
  }

  /// Reads a copy of the words at the beginning. Returns nil if they are not a queue's, or the
  /// queue has more than `byteCount` bytes.
  init?(_ words: [UInt64], byteCount: Int) {
    guard words.count == Self.headerWordCount, words[0] == Self.magic, words[1] == 1,
      let capacity = Int(exactly: words[2]),
      let itemByteCount = Int(exactly: words[3]), let participants = Int(exactly: words[4]), words[6] <= 1
    else { return nil }
    self.init(
      capacity: capacity, itemByteCount: itemByteCount, participants: participants, fingerprint: words[5],
      tracksItems: words[6] == 1)
    guard let needed = self.byteCount, needed <= byteCount else { return nil }
  }
}

/// The word of a cell, and a position in the queue. Both have the same upper bits.
///
/// A position counts rounds, called *laps*, in its upper 40 bits, and cells in the lower 24. The
/// word of a cell contains the lap of the cell, then its state, and the participant that holds it.
/// One compare-exchange therefore claims a cell and names the claimant, and a process killed at any
/// instruction leaves a cell that names it.
///
///     empty(lap) → writing(lap, participant) → full(lap)
///                → reading(lap, participant) → empty(lap + 1)
enum QueueWord {
  static let indexBitCount = 24
  static let indexMask: UInt64 = (1 << 24) - 1
  static let lapMask: UInt64 = ~((1 << 24) - 1)
  static let mostSlots = 1 << 13
  static let slotMask: UInt64 = (1 << 13) - 1
  private static let stateMask: UInt64 = 7 << 13

  static let writing: UInt64 = 1 << 13
  static let full: UInt64 = 2 << 13
  static let reading: UInt64 = 3 << 13
  /// The cell holds no item, because its producer gave up or died. Consumers skip it.
  static let void: UInt64 = 4 << 13
  /// The end of the queue: no item goes in here or later.
  static let end: UInt64 = 5 << 13

  static func state(_ word: UInt64) -> UInt64 { word & stateMask }
  /// Whether a cell has been claimed in the lap of its word and not been given back.
  static func isInUse(_ word: UInt64) -> Bool { (writing...void).contains(state(word)) }
  static func slot(_ word: UInt64) -> Int { Int(word & slotMask) }
  static func index(_ position: UInt64) -> Int { Int(position & indexMask) }

  /// The number of laps that a word is ahead of a position. The lap count wraps around.
  static func lapsAhead(_ word: UInt64, of position: UInt64) -> Int64 {
    Int64(bitPattern: (word & lapMask) &- (position & lapMask)) >> 24
  }

  static func next(_ position: UInt64, capacity: Int) -> UInt64 {
    index(position) + 1 >= capacity ? (position & lapMask) &+ (1 << 24) : position &+ 1
  }

  /// The number of items that were put in before this position.
  static func count(_ position: UInt64, capacity: Int) -> Int {
    Int(position >> 24) &* capacity &+ index(position)
  }
}
