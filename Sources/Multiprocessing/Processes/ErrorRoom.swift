/// Room in shared memory for the type and the text of an error that one worker writes and its parent reads.
///
/// Layout: two lengths, 8 bytes each, then both texts.
///
/// Surviving death: a worker may die in the middle of writing, or scribble over it, so the lengths are checked before use. The
/// parent reads after the worker has said that it wrote, or has ended.
@safe package struct ErrorRoom {
  private let start: UnsafeMutableRawPointer
  private let byteCount: Int

  private static let textOffset = 16

  /// A room of `byteCount` mapped bytes at an address that is a multiple of 8; whoever makes this keeps them mapped.
  @unsafe package init(at start: UnsafeMutableRawPointer, byteCount: Int) {
    unsafe self.start = start
    self.byteCount = byteCount
  }

  /// Keeps an error, type and text cut between characters to what there is room for.
  package func keep(_ error: any Error) {
    keep(type: String(describing: type(of: error)), text: String(describing: error))
  }

  package func keep(type: String, text: String) {
    let room = byteCount - Self.textOffset
    let typeBytes = Self.beginning(of: type, byteCount: room / 4)
    let textBytes = Self.beginning(of: text, byteCount: room - typeBytes.count)
    // SAFETY: both texts together fit behind the lengths.
    unsafe start.storeBytes(of: typeBytes.count, as: Int.self)
    unsafe start.storeBytes(of: textBytes.count, toByteOffset: 8, as: Int.self)
    for (i, byte) in (typeBytes + textBytes).enumerated() {
      unsafe start.storeBytes(of: byte, toByteOffset: Self.textOffset + i, as: UInt8.self)
    }
  }

  private static func beginning(of text: String, byteCount: Int) -> [UInt8] {
    var room = byteCount
    let characters = text.prefix { character in
      room -= character.utf8.count
      return room >= 0
    }
    return Array(characters.utf8)
  }

  /// What was kept.
  package var contents: (type: String, text: String) {
    let room = byteCount - Self.textOffset
    let typeCount = min(max(0, unsafe start.load(as: Int.self)), room)
    let textCount = min(max(0, unsafe start.load(fromByteOffset: 8, as: Int.self)), room - typeCount)
    let bytes = unsafe UnsafeRawBufferPointer(start: start + Self.textOffset, count: typeCount + textCount)
    return (
      unsafe String(decoding: bytes.prefix(typeCount), as: UTF8.self),
      unsafe String(decoding: bytes.dropFirst(typeCount), as: UTF8.self)
    )
  }
}
