import SharedArraysMemory
import SharedArraysSystem

// Decodes any eight words, and the size of the segment that they end, as a control page. An
// accepted page describes data within the segment, and encodes to the same words.

/// Eight words of the page and one for the size.
private let inputByteCount = 72

@_cdecl("LLVMFuzzerTestOneInput")
func testControlPage(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count >= inputByteCount else { return 0 }
  var words = InlineArray<8, UInt64>(repeating: 0)
  // SAFETY: libFuzzer hands over `count` readable bytes, at least nine words.
  let bytes = unsafe UnsafeRawPointer(data)
  for index in words.indices {
    words[index] = unsafe bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)
  }
  let size = unsafe bytes.loadUnaligned(fromByteOffset: 64, as: Int.self)
  guard size >= 0, let page = ControlPage(words, segmentByteCount: size) else { return 0 }
  guard page.dataOffset >= 0, page.dataOffset % pageSize == 0, page.dataByteCount >= 0, page.creator >= 0
  else {
    fail("no number is negative, and the data is aligned")
  }
  let end = page.dataOffset.addingReportingOverflow(page.dataByteCount)
  guard !end.overflow, end.partialValue <= size - ControlPage.byteCount else {
    fail("the data ends before the control page")
  }
  guard [.array, .queue, .lock].contains(page.kind), [.temporary, .persistent].contains(page.lifetime) else {
    fail("the kind and the lifetime are known")
  }
  let encoded = page.encoded()
  for index in words.indices where encoded[index] != words[index] {
    fail("word \(index) is encoded unchanged")
  }
  return 0
}

/// Mutates the bytes, keeps their number, and in most cases makes magic, version and checksum fit.
@_cdecl("LLVMFuzzerCustomMutator")
func mutateControlPage(
  _ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ capacity: Int, _ seed: UInt32
) -> Int {
  guard capacity >= inputByteCount else { return unsafe mutateBytes(data, count, capacity) }
  var random = Seeded(seed)
  // SAFETY: libFuzzer hands over `capacity` writable bytes, of which `count` are set.
  for index in count..<max(count, inputByteCount) { unsafe data[index] = 0 }
  if random.number(below: 2) == 0 {
    _ = unsafe mutateBytes(data, inputByteCount, inputByteCount)
  } else {
    let word = random.number(below: 9)
    _ = unsafe mutateBytes(data + 8 * word, 8, 8)
  }
  let words = UnsafeMutableRawPointer(data)
  if random.number(below: 8) > 0 {
    unsafe words.storeBytes(of: 0x0159_4152_5241_4853, toByteOffset: 0, as: UInt64.self)
    if random.number(below: 4) > 0 {
      unsafe words.storeBytes(of: 1 | 1 << 32, toByteOffset: 8, as: UInt64.self)
    }
  }
  if random.number(below: 16) > 0 { unsafe setChecksum(of: words) }
  return inputByteCount
}

/// FNV-1a over the first seven words, as the documentation of the control page says.
private func setChecksum(of words: UnsafeMutableRawPointer) {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for index in 0..<7 {
    let word = unsafe words.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)
    hash = (hash ^ word) &* 0x100_0000_01b3
  }
  unsafe words.storeBytes(of: hash, toByteOffset: 56, as: UInt64.self)
}
