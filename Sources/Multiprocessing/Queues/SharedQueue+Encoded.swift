internal import SharedArraysSystem
internal import SharedArraysTransfer

/// The head before an encoded item in its cell, which contains the number of the item's bytes.
enum QueueFrame {
  static let headByteCount = 8
  /// A flag in the head: the item has descriptors.
  static let descriptorsFlag: UInt64 = 1 << 63

  /// Writes an item into a cell that has room for it.
  @unsafe static func write(
    _ bytes: UnsafeRawBufferPointer, hasDescriptors: Bool, to cell: UnsafeMutableRawPointer
  ) {
    let head = UInt64(bytes.count) | (hasDescriptors ? descriptorsFlag : 0)
    unsafe cell.storeBytes(of: head, as: UInt64.self)
    unsafe (cell + headByteCount).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
  }
}

extension SharedQueue {
  @usableFromInline
  func putEncoded(_ item: Element, _ timeout: Duration?) throws(QueueError) {
    let message: TransferMessage
    do throws(TransferError) { message = try TransferMessage(encoding: item) } catch {
      throw QueueError(.notTransferable, error.description)
    }
    let room = core.layout.itemByteCount - QueueFrame.headByteCount
    guard message.byteCount <= room else {
      throw QueueError(.tooLarge, "\(message.byteCount) bytes; the limit is \(room) bytes")
    }
    let descriptors = message.rawDescriptors
    let bytes = message.bytes
    try unsafe bytes.withUnsafeBytes { (source) throws(QueueError) in
      if !descriptors.isEmpty {
        return try unsafe core.put(descriptors, timeout: timeout) { cell in
          unsafe QueueFrame.write(source, hasDescriptors: true, to: cell)
        }
      }
      let (position, cell) = try unsafe core.beginWriting(timeout)
      unsafe QueueFrame.write(source, hasDescriptors: false, to: cell)
      core.endWriting(position)
    }
  }

  @usableFromInline
  func getEncoded(_ timeout: Duration?) throws(QueueError) -> Element {
    let (position, cell) = try unsafe core.beginReading(timeout)
    // The message is a copy, which no other process can change while it is decoded.
    let message = try unsafe copyOfItem(at: position, cell)
    do throws(TransferError) { return try message.decode(as: Element.self) } catch {
      throw QueueError(.notTransferable, error.description)
    }
  }

  /// Copies the item of a claimed cell, and gives the cell back.
  private func copyOfItem(
    at position: UInt64, _ cell: UnsafeMutableRawPointer
  ) throws(QueueError) -> TransferMessage {
    defer { core.endReading(position) }
    let head = unsafe cell.load(as: UInt64.self)
    let count = head & ~QueueFrame.descriptorsFlag
    guard count <= core.layout.itemByteCount - QueueFrame.headByteCount else {
      throw QueueError(.corrupt, "an item has \(count) bytes")
    }
    var descriptors = DescriptorList()
    if head != count { descriptors = try core.takeDescriptors(of: position) }
    // SAFETY: The cell has at least `count` bytes after its head, which the guard has checked.
    let bytes = unsafe RawSpan(_unsafeStart: cell + QueueFrame.headByteCount, byteCount: Int(count))
    do throws(TransferError) {
      return try TransferMessage(bytes: bytes, descriptors: descriptors)
    } catch {
      throw QueueError(.notTransferable, error.description)
    }
  }
}
