/// A buffer in shared memory for the type and the text of an error. One worker writes it and its
/// parent reads it.
///
/// Layout: two lengths, 8 bytes each, then both texts.
///
/// Crash safety: a worker may die in the middle of writing, or overwrite the buffer by mistake, so
/// the lengths are checked before use. The parent reads after the worker has reported that it
/// wrote, or after it has ended.
@safe package struct ErrorBuffer {
  private let start: UnsafeMutableRawPointer
  private let byteCount: Int

  private static let textOffset = 16

  /// Creates a buffer of `byteCount` mapped bytes at an address that is a multiple of 8. The caller
  /// keeps the bytes mapped.
  @unsafe package init(at start: UnsafeMutableRawPointer, byteCount: Int) {
    unsafe self.start = start
    self.byteCount = byteCount
  }

  /// Stores an error. Its type and text are cut between characters to fit.
  package func keep(_ error: any Error) {
    keep(type: String(describing: type(of: error)), text: String(describing: error))
  }

  package func keep(type: String, text: String) {
    let room = byteCount - Self.textOffset
    let typeBytes = Self.beginning(of: type, byteCount: room / 4)
    let textBytes = Self.beginning(of: text, byteCount: room - typeBytes.count)
    // SAFETY: the cuts above let both texts together fit behind the lengths.
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

  /// The stored type and text.
  package var contents: (type: String, text: String) {
    // SAFETY: the start is aligned for the lengths. They are clamped so that the texts end within
    // the buffer.
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
