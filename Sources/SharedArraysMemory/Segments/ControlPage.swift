internal import SharedArraysSystem

/// The description of a segment that its last page holds.
///
/// Layout, little-endian, from the start of the page:
///
///     offset  bytes  field
///          0      8  magic, "SHARRAY\u{1}"
///          8      4  layout version, 1
///         12      4  kind of content
///         16      8  generation: random bits that distinguish segments of one name
///         24      8  lifetime: 0 temporary, 1 persistent
///         32      8  offset of the data from the start of the segment
///         40      8  bytes of data
///         48      8  process that created it
///         56      8  checksum of the words above
///
/// The page is written before the segment has a name and never again, so no reader finds it
/// half-written.
package struct ControlPage: Equatable, Sendable {
  package static let byteCount = pageSize
  private static let magic: UInt64 = 0x0159_4152_5241_4853  // "SHARRAY\u{1}"
  private static let version: UInt64 = 1
  static let wordCount = 8

  package var kind: SegmentKind
  package var generation: UInt64
  package var lifetime: SegmentLifetime
  package var dataOffset: Int
  package var dataByteCount: Int
  package var creator: Int

  /// Returns the words as they are stored in memory.
  package func encoded() -> InlineArray<8, UInt64> {
    var words: InlineArray<8, UInt64> = [
      Self.magic, Self.version | UInt64(kind.rawValue) << 32, generation, UInt64(lifetime.rawValue),
      UInt64(dataOffset), UInt64(dataByteCount), UInt64(creator), 0,
    ]
    words[7] = Self.checksum(words)
    for i in words.indices { words[i] = words[i].littleEndian }
    return words
  }

  /// Decodes a control page and checks every field against the size of the whole segment. The
  /// result is nil if any check fails.
  package init?(_ stored: InlineArray<8, UInt64>, segmentByteCount: Int) {
    var words = stored
    for i in words.indices { words[i] = UInt64(littleEndian: words[i]) }
    guard words[0] == Self.magic, words[1] & 0xffff_ffff == Self.version, words[7] == Self.checksum(words),
      let kind = SegmentKind(rawValue: UInt32(words[1] >> 32)),
      let lifetime = SegmentLifetime(rawValue: words[3]),
      let dataOffset = Int(exactly: words[4]), let dataByteCount = Int(exactly: words[5]),
      let creator = Int(exactly: words[6]), dataOffset % pageSize == 0
    else { return nil }
    let (end, overflow) = dataOffset.addingReportingOverflow(dataByteCount)
    guard !overflow, end <= segmentByteCount - Self.byteCount else { return nil }
    self.kind = kind
    self.generation = words[2]
    self.lifetime = lifetime
    self.dataOffset = dataOffset
    self.dataByteCount = dataByteCount
    self.creator = creator
  }

  init(
    kind: SegmentKind, generation: UInt64, lifetime: SegmentLifetime, dataOffset: Int, dataByteCount: Int
  ) {
    self.kind = kind
    self.generation = generation
    self.lifetime = lifetime
    self.dataOffset = dataOffset
    self.dataByteCount = dataByteCount
    self.creator = currentProcess()
  }

  /// Returns the FNV-1a hash of the words. It distinguishes a control page from stray bytes, but is
  /// no protection against an adversary.
  private static func checksum(_ words: InlineArray<8, UInt64>) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for i in 0..<7 { hash = (hash ^ words[i]) &* 0x100_0000_01b3 }
    return hash
  }
}

/// The kind of a segment's contents.
package enum SegmentKind: UInt32, Sendable {
  /// A `.npy` file, header and data.
  case array = 1
  case queue = 2
  /// A mutex, an event, a value, or the like.
  case lock = 3

  /// The name of the kind, without an article.
  package var rawName: String { String(text.drop { $0 != " " }.dropFirst()) }

  /// The name of the kind, with its article.
  package var text: String {
    switch self {
    case .array: "an array"
    case .queue: "a queue"
    case .lock: "a lock"
    }
  }
}
