internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

extension QueueCore {
  /// Creates a queue in memory that is all zeros and that no other process uses yet.
  static func create(
    _ layout: QueueLayout, in memory: MemoryOwner, at offset: Int, channel: DescriptorChannel? = nil
  ) throws(QueueError) -> QueueCore {
    let core: QueueCore
    do throws(SharedMemoryError) {
      core = try QueueCore(layout, in: memory, at: offset, channel: channel)
    } catch {
      throw QueueError(error)
    }
    for (index, word) in layout.header.enumerated().reversed() {
      unsafe core.word(at: index * 8).pointee.store(word, ordering: .releasing)
    }
    return core
  }

  /// Creates a queue in unnamed memory.
  ///
  /// - Parameter hasChannel: Whether items may carry descriptors. The channel costs two
  ///   descriptors.
  static func createUnnamed(
    _ layout: QueueLayout, byteCount: Int, hasChannel: Bool = false
  ) throws(QueueError) -> QueueCore {
    let memory: MemoryOwner
    do throws(SharedMemoryError) { memory = try MemoryOwner.unnamed(byteCount: byteCount) } catch {
      throw QueueError(error)
    }
    guard hasChannel else { return try create(layout, in: memory, at: 0) }
    let channel: DescriptorChannel
    do throws(SystemError) {
      // SAFETY: The place is aligned and zeroed, and no other process uses it yet.
      _ = try unsafe RobustMutex(creatingAt: memory.data + QueueLayout.channelLock)
      channel = try DescriptorChannel()
    } catch { throw QueueError(.sharedMemory, error.description) }
    return try create(layout, in: memory, at: 0, channel: channel)
  }

  /// Opens a queue that already exists in this memory.
  ///
  /// - Throws: `sharedMemory` with code `mismatch` if the memory has no queue, or a queue of other
  ///   items.
  static func open(
    in memory: MemoryOwner, at offset: Int, fingerprint: UInt64, itemBytes: ClosedRange<Int>,
    channel: DescriptorChannel? = nil
  ) throws(QueueError) -> QueueCore {
    guard offset >= 0, offset % 64 == 0, offset <= memory.byteCount - QueueLayout.records else {
      throw QueueError(SharedMemoryError(.mismatch, name: memory.name, detail: "it holds no valid queue"))
    }
    // The copy cannot be changed by another process after it has been checked.
    let words = (0..<QueueLayout.headerWordCount).map { index in
      unsafe (memory.data + offset + index * 8).load(as: UInt64.self)
    }
    guard let layout = QueueLayout(words, byteCount: memory.byteCount - offset) else {
      throw QueueError(SharedMemoryError(.mismatch, name: memory.name, detail: "it holds no valid queue"))
    }
    // With other sizes, items would be written and read beyond their cells.
    guard itemBytes.contains(layout.itemByteCount) else {
      throw QueueError(SharedMemoryError(.mismatch, name: memory.name, detail: "its queue is damaged"))
    }
    guard layout.fingerprint == fingerprint else {
      throw QueueError(
        SharedMemoryError(.mismatch, name: memory.name, detail: "the queue's items have another type"))
    }
    do throws(SharedMemoryError) {
      return try QueueCore(layout, in: memory, at: offset, channel: channel)
    } catch {
      throw QueueError(error)
    }
  }
}
