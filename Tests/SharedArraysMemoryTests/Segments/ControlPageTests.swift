import SharedArraysMemory
import SharedArraysSystem
import Testing

@Suite struct ControlPageTests {
  static let byteCount = 3 * 4096
  static let stored = StoredControlPage(
    generation: 0x0123_4567_89ab_cdef, isPersistent: false, dataByteCount: 100, creator: 4711)

  private func decode(_ page: StoredControlPage, _ byteCount: Int = byteCount) -> ControlPage? {
    ControlPage(page.littleEndian, segmentByteCount: byteCount)
  }

  @Test func `the words mean what the documentation says`() throws {
    let page = try #require(decode(Self.stored))
    #expect(page.kind == .array)
    #expect(page.generation == 0x0123_4567_89ab_cdef)
    #expect(page.lifetime == .temporary)
    #expect(page.dataOffset == 4096)
    #expect(page.dataByteCount == 100)
    #expect(page.creator == 4711)
  }

  @Test func `a decoded control page is encoded to the same words`() throws {
    let words = try #require(decode(Self.stored)).encoded()
    let expected = Self.stored.littleEndian
    for i in words.indices { #expect(words[i] == expected[i]) }
  }

  @Test func `any flipped bit is detected`() {
    for word in 0..<8 {
      for bit in 0..<64 {
        var page = Self.stored
        page.words[word] ^= 1 << UInt64(bit)
        #expect(decode(page) == nil, "bit \(bit) of word \(word)")
      }
    }
  }

  static let impossible: [(word: Int, value: UInt64)] = [
    (0, 0x0159_4152_5241_4852), (0, 0x5348_4152_5241_5901), (0, 0), (1, 1 << 32), (1, 2 | 1 << 32), (1, 1),
    (1, 1 | 4 << 32), (1, 1 | 1 << 63), (1, 0x0100_0000_0100_0000), (3, 2), (3, .max), (4, 1), (4, 4095),
    (4, 4097),
    (4, 8192), (4, .max), (4, 1 << 63), (5, 4097), (5, UInt64(Int.max)), (5, UInt64(Int.max) - 4095),
    (5, 1 << 63), (5, .max), (6, 1 << 63),
  ]

  @Test(arguments: impossible.indices)
  func `an invalid field is refused although the checksum is right`(index: Int) {
    let (word, value) = Self.impossible[index]
    #expect(decode(Self.stored.with(word, value)) == nil, "word \(word) = \(value)")
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `a segment holds an array, a queue or a lock`(kind: UInt64) {
    #expect(decode(Self.stored.with(1, 1 | kind << 32))?.kind.rawValue == UInt32(kind))
  }

  @Test func `data can extend up to the control page`() {
    #expect(decode(Self.stored.with(5, 4096)) != nil)
    #expect(decode(Self.stored.with(5, 4096), Self.byteCount - 4096) == nil)
  }
}
