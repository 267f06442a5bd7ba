/// The words of a control page, built from the documentation alone, so that the format cannot
/// change unnoticed.
struct StoredControlPage {
  var words: InlineArray<8, UInt64>

  init(generation: UInt64 = 1, isPersistent: Bool = true, dataByteCount: Int, creator: Int = 1) {
    words = [
      0x0159_4152_5241_4853, 1 | 1 << 32, generation, isPersistent ? 1 : 0, 4096,
      UInt64(bitPattern: Int64(dataByteCount)), UInt64(creator), 0,
    ]
    setChecksum()
  }

  /// Returns a copy with one word changed and the checksum updated.
  func with(_ word: Int, _ value: UInt64) -> StoredControlPage {
    var other = self
    other.words[word] = value
    other.setChecksum()
    return other
  }

  /// Sets the checksum: FNV-1a over the first seven words.
  private mutating func setChecksum() {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for i in 0..<7 { hash = (hash ^ words[i]) &* 0x100_0000_01b3 }
    words[7] = hash
  }

  /// The words as they are in memory.
  var littleEndian: InlineArray<8, UInt64> {
    var stored = words
    for i in words.indices { stored[i] = words[i].littleEndian }
    return stored
  }

  var bytes: [UInt8] {
    words.indices.flatMap { i in (0..<8).map { UInt8(truncatingIfNeeded: words[i] >> ($0 * 8)) } }
  }
}
