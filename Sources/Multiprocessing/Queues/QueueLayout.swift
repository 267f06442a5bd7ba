internal import SharedArraysSystem

/// Where the parts of a queue stand in its memory, in bytes from the queue's own beginning.
///
///     offset  part
///          0  magic, version, capacity, bytes of an item, participants, type of the items, flags: 8 bytes each
///        128  the position at which the next item goes in
///        256  the position at which the next item comes out
///        384  whether consumers may be asleep, a futex word; then whether others watch, who wait for more than this queue
///        392  how often those were woken, a futex word
///        448  whether producers may be asleep, a futex word
///        512  flags: closed; counts of what was lost and given up
///        576  the lock of the channel for descriptors
///        640  the latest losses
///       1152  a record of 64 bytes for each participant
///          …  a word of 8 bytes for each cell
///          …  the cells
///
/// Words that different processes write stand in lines, and pairs of lines, of their own.
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
  /// A robust mutex, in unnamed queues of encoded items.
  static let channelLock = 576
  static let losses = 640
  static let lossCount = 16
  static let lossByteCount = 32
  static let records = losses + lossCount * lossByteCount
  static let recordByteCount = 64
  /// In a record: items that its process has taken and that it has said are done.
  static let takenInRecord = 16
  static let doneInRecord = 24

  let capacity: Int
  /// Bytes of the largest item.
  let itemByteCount: Int
  let participants: Int
  /// A fingerprint of the type of the items.
  let fingerprint: UInt64
  /// Whether consumers say when they are done with an item.
  let tracksItems: Bool

  /// From one cell to the next: small cells are packed, others begin with a cache line.
  var stride: Int {
    itemByteCount <= 32 ? roundUp(max(itemByteCount, 8), to: 8) : roundUp(itemByteCount, to: 64)
  }
  var words: Int { Self.records + participants * Self.recordByteCount }
  var cells: Int { roundUp(words + capacity * 8, to: 128) }

  /// Bytes of the whole queue; nil if that is more than can be.
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

  /// Reads a copy of the words at the beginning; nil if they cannot be a queue's, or one of at most `byteCount` bytes.
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

/// The word of a cell, and a position in the queue, which have their upper bits in common.
///
/// A position counts rounds, *laps*, in its upper 40 bits and cells in the lower 24. The word of a cell has the lap that it is
/// in there, then its state, and the participant that holds it. So the claim to a cell and the claimant are one
/// compare-exchange, and a process killed at any instruction leaves a cell that says whose it was.
///
///     empty(lap) → writing(lap, participant) → full(lap) → reading(lap, participant) → empty(lap + 1)
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
  /// Nothing is in it: a producer gave up or died. Consumers pass over it.
  static let void: UInt64 = 4 << 13
  /// Nothing comes any more: no item goes in here or behind.
  static let end: UInt64 = 5 << 13

  static func state(_ word: UInt64) -> UInt64 { word & stateMask }
  /// Whether a word is that of a cell which somebody has claimed in its lap and not given back.
  static func isInUse(_ word: UInt64) -> Bool { (writing...void).contains(state(word)) }
  static func slot(_ word: UInt64) -> Int { Int(word & slotMask) }
  static func index(_ position: UInt64) -> Int { Int(position & indexMask) }

  /// How many laps a word is ahead of a position; laps are counted around.
  static func lapsAhead(_ word: UInt64, of position: UInt64) -> Int64 {
    Int64(bitPattern: (word & lapMask) &- (position & lapMask)) >> 24
  }

  static func next(_ position: UInt64, capacity: Int) -> UInt64 {
    index(position) + 1 >= capacity ? (position & lapMask) &+ (1 << 24) : position &+ 1
  }

  /// How many items went in before this position.
  static func count(_ position: UInt64, capacity: Int) -> Int {
    Int(position >> 24) &* capacity &+ index(position)
  }
}
