internal import SharedMemory
internal import SystemLayer

/// What stands before an encoded item in its cell: how many bytes it has.
enum QueueFrame {
  static let headByteCount = 8
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
      throw QueueError(.tooLarge, "\(message.byteCount) bytes of \(room)")
    }
    guard message.descriptorCount == 0 else {
      throw QueueError(.notTransferable, "unnamed memory and descriptors do not pass through a queue")
    }
    let (position, cell) = try unsafe core.beginWriting(timeout)
    // SAFETY: the cell has room for head and bytes, and is this call's.
    unsafe cell.storeBytes(of: UInt64(message.byteCount), as: UInt64.self)
    let bytes = message.bytes
    unsafe bytes.withUnsafeBytes { source in
      unsafe (cell + QueueFrame.headByteCount).copyMemory(from: source.baseAddress!, byteCount: source.count)
    }
    core.endWriting(position)
  }

  @usableFromInline
  func getEncoded(_ timeout: Duration?) throws(QueueError) -> Element {
    let (position, cell) = try unsafe core.beginReading(timeout)
    let message: TransferMessage
    do {
      defer { core.endReading(position) }
      let count = unsafe cell.load(as: UInt64.self)
      guard count <= core.layout.itemByteCount - QueueFrame.headByteCount else {
        throw QueueError(.corrupt, "an item of \(count) bytes")
      }
      // A copy is decoded, which nobody can change meanwhile.
      // SAFETY: so many bytes are in the cell.
      let bytes = unsafe RawSpan(_unsafeStart: cell + QueueFrame.headByteCount, byteCount: Int(count))
      do throws(TransferError) { message = try TransferMessage(bytes: bytes) } catch {
        throw QueueError(.notTransferable, error.description)
      }
    }
    do throws(TransferError) { return try message.decode(as: Element.self) } catch {
      throw QueueError(.notTransferable, error.description)
    }
  }
}
