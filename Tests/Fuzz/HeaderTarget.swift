import SharedArraysCore

// Parses any bytes as an `.npy` header. An error names a place within the bytes. An accepted header
// is sound, and reads back the same after it has been encoded again.

@_cdecl("LLVMFuzzerTestOneInput")
func testHeader(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // SAFETY: libFuzzer hands over `count` readable bytes, which do not change during the call.
  let bytes = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(data), byteCount: count)
  do throws(NPYHeaderError) {
    check(try NPYHeader.parse(bytes), in: bytes)
  } catch {
    guard (0...count).contains(error.offset) else { fail("the offset of an error is within the bytes") }
    guard error.excerpt.utf8.allSatisfy({ 0x20..<0x7f ~= $0 }) else { fail("an excerpt is printable") }
  }
  return 0
}

private let elementTypes = ElementType.allCases

private func check(_ header: NPYHeader, in bytes: RawSpan) {
  guard elementTypes.contains(header.elementType) else { fail("the element type is known") }
  guard header.shape.count <= NPYHeader.maximumRank else { fail("the rank is bounded") }
  // The bytes that the elements would take if an extent of 0 were 1 have to be representable, too.
  var fullSize = header.elementType.byteCount
  for extent in header.shape {
    guard extent >= 0 else { fail("no extent is negative") }
    let product = fullSize.multipliedReportingOverflow(by: max(extent, 1))
    guard !product.overflow else { fail("the product of the extents is representable") }
    fullSize = product.partialValue
  }
  let size = header.shape.contains(0) ? 0 : fullSize
  guard header.byteCount == size, header.elementCount * header.elementType.byteCount == size else {
    fail("the sizes match the shape")
  }
  let end = header.dataOffset.addingReportingOverflow(size)
  guard !end.overflow, end.partialValue == header.endOffset else { fail("the end is representable") }
  guard (10...bytes.byteCount).contains(header.dataOffset),
    unsafe bytes.unsafeLoad(fromByteOffset: header.dataOffset - 1, as: UInt8.self) == 0x0a
  else { fail("the data follows a newline within the bytes") }
  checkPrefixes(header, in: bytes)
  checkEncoded(header, fullSize)
}

/// Only the header decides: neither what follows it nor a byte less is the same.
private func checkPrefixes(_ header: NPYHeader, in bytes: RawSpan) {
  guard (try? NPYHeader.parse(bytes.extracting(first: header.dataOffset))) == header else {
    fail("bytes after the header do not change the result")
  }
  guard (try? NPYHeader.parse(bytes.extracting(first: header.dataOffset - 1))) == nil else {
    fail("a header without its last byte is refused")
  }
}

private func checkEncoded(_ header: NPYHeader, _ fullSize: Int) {
  let encoded = NPYHeader.encode(
    elementType: header.elementType, shape: header.shape, fortranOrder: header.isFortranOrder, paddedTo: 64)
  guard let again = try? unsafe NPYHeader.parse(encoded.span.bytes) else {
    // With a longer header than the first, the elements may just reach beyond the largest offset.
    if fullSize > Int.max - encoded.count { return }
    fail("an encoded header is accepted")
  }
  guard again.elementType == header.elementType, again.shape == header.shape, !again.isBigEndian,
    again.isFortranOrder == header.isFortranOrder, again.byteCount == header.byteCount,
    again.dataOffset == encoded.count
  else { fail("an encoded header is parsed to the same values") }
}

// MARK: - Mutation

/// Mutates the bytes and in most cases repairs what nearly every mutation of the whole would break:
/// the magic string, the length and the final newline.
@_cdecl("LLVMFuzzerCustomMutator")
func mutateHeader(
  _ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ capacity: Int, _ seed: UInt32
) -> Int {
  var random = Seeded(seed)
  let start = 12
  guard count > start, random.number(below: 8) > 0 else { return unsafe mutateBytes(data, count, capacity) }
  // SAFETY: libFuzzer hands over `capacity` writable bytes, and `start < count <= capacity`.
  let newCount = unsafe start + mutateBytes(data + start, count - start, capacity - start)
  unsafe repair(UnsafeMutableBufferPointer(start: data, count: newCount), &random)
  return newCount
}

private func repair(_ bytes: UnsafeMutableBufferPointer<UInt8>, _ random: inout Seeded) {
  let magic: InlineArray<6, UInt8> = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]  // NUMPY
  for index in magic.indices { unsafe bytes[index] = magic[index] }
  let version = 1 + random.number(below: 3)
  let textStart = version == 1 ? 10 : 12
  unsafe (bytes[6], bytes[7]) = (UInt8(version), 0)
  // Sometimes the header is longer or shorter than it says.
  let length = max(
    0, bytes.count - textStart - (random.number(below: 16) == 0 ? random.number(below: 5) - 2 : 0))
  for index in 8..<textStart { unsafe bytes[index] = UInt8(truncatingIfNeeded: length >> (8 * (index - 8))) }
  if random.number(below: 16) > 0 { unsafe bytes[bytes.count - 1] = 0x0a }
}
