internal import SharedArraysSystem
public import SharedArraysTransfer

/// A bounded queue in shared memory for any number of processes that put items in and take them
/// out.
///
///     let queue = try SharedQueue<Int>(capacity: 1_000)
///     let worker = try WorkerProcess.start {
///       queue.reduce(0, +)                          // until the queue is closed and empty
///     }
///     for number in 0..<100 { try queue.put(number) }
///     queue.close()
///     print(try worker.result())                    // 4950
///
/// Items whose bytes are their value (``BitwiseTransferable``) are copied into the queue and out of
/// it. Any other ``Transferable`` item is encoded, and must not have more bytes than the queue was
/// created for. A larger item is refused before a byte of it is written.
///
/// An unnamed array that is an item, or part of one, is handed over without a copy: the process
/// that takes it maps the same memory. Descriptors are handed over in the same way. Unnamed queues
/// of encoded items have a pair of sockets for that.
///
/// Items of one process are taken in the order in which it put them. The queue is a handle: copies
/// refer to the same queue, and workers get it as an argument, as an item, or by a fork.
///
/// **When a process dies.** No other process waits for it. An item that it was putting in or taking
/// out at that instant is lost, and ``losses()`` names it; all other items are untouched. The
/// survivors notice when they reach its cell, after some milliseconds. Items that it had taken
/// before and not passed on no longer belong to the queue: see ``join(timeout:)``. If the queue is
/// full or empty and the process that would change that has died, waiting processes keep waiting:
/// give them a `timeout`.
public struct SharedQueue<Element: Transferable>: Sendable {
  @usableFromInline let core: QueueCore

  @usableFromInline
  init(_ core: QueueCore) { self.core = core }

  /// Creates an unnamed queue.
  ///
  /// - Parameters:
  ///   - capacity: The maximum number of items in the queue, at most 16,777,216.
  ///   - largestItem: The maximum size of an encoded item in bytes. It has no effect if the bytes
  ///     of an item are its value.
  ///   - participants: The maximum number of processes that use the queue at a time, at most 8,192.
  ///   - tracksItems: Whether consumers mark items as done, for ``join(timeout:)``.
  /// - Throws: ``QueueError`` with code `sharedMemory` if memory or a limit of the system does not
  ///   suffice.
  /// - Precondition: `capacity`, `largestItem` and `participants` are at least 1 and within the
  ///   limits above.
  /// - Complexity: O(capacity × bytes of an item), because all memory is reserved here.
  public init(
    capacity: Int, largestItem: Int = 1024, participants: Int = 256, tracksItems: Bool = false
  ) throws(QueueError) {
    let layout = Self.layout(capacity, largestItem, participants, tracksItems)
    core = try QueueCore.createUnnamed(
      layout, byteCount: layout.byteCount!, hasChannel: !Element.isBitwiseTransferable)
  }

  /// Returns the layout of a queue.
  ///
  /// - Precondition: The numbers are within the limits of a queue.
  static func layout(
    _ capacity: Int, _ largestItem: Int, _ participants: Int, _ tracksItems: Bool
  ) -> QueueLayout {
    let isRaw = Element.isBitwiseTransferable
    if capacity < 1 || capacity > QueueLayout.mostItems {
      fatalError("SharedQueue needs a capacity of 1 to \(QueueLayout.mostItems) items, not \(capacity).")
    }
    if largestItem < 1 {
      fatalError("SharedQueue needs a largestItem of at least 1 byte, not \(largestItem).")
    }
    if participants < 1 || participants > QueueLayout.mostParticipants {
      fatalError(
        "SharedQueue needs 1 to \(QueueLayout.mostParticipants) participants, not \(participants).")
    }
    let byteCount = isRaw ? MemoryLayout<Element>.size : largestItem + QueueFrame.headByteCount
    let layout = QueueLayout(
      capacity: capacity, itemByteCount: byteCount, participants: participants,
      fingerprint: TypeFingerprint.of(Element.self), tracksItems: tracksItems)
    if layout.byteCount == nil {
      fatalError("A queue of \(capacity) items of \(byteCount) bytes exceeds the address space.")
    }
    return layout
  }

  /// The possible values of the largest item's size in bytes, for queues of this type.
  static var itemBytes: ClosedRange<Int> {
    Element.isBitwiseTransferable
      ? MemoryLayout<Element>.size...MemoryLayout<Element>.size : QueueFrame.headByteCount + 1...Int.max
  }

  // MARK: One by one

  /// Puts an item into the queue, waiting while the queue is full.
  ///
  /// - Parameter timeout: The longest time to wait; 0 or less tries once, nil waits forever.
  /// - Throws: ``QueueError`` with code `timedOut`, `closed`, `tooLarge`, `notTransferable`,
  ///   `corrupt`, `sharedMemory`.
  /// - Complexity: No system call, unless a process sleeps or the item has descriptors.
  @inlinable
  public func put(_ item: Element, timeout: Duration? = nil) throws(QueueError) {
    guard Element.isBitwiseTransferable else { return try putEncoded(item, timeout) }
    let (position, cell) = try unsafe core.beginWriting(timeout)
    // SAFETY: The cell has room for the bytes of an item, and only this call uses it.
    unsafe withUnsafeBytes(of: item) { bytes in
      if let start = bytes.baseAddress {
        unsafe cell.copyMemory(from: start, byteCount: MemoryLayout<Element>.size)
      }
    }
    core.endWriting(position)
  }

  /// Puts an item into the queue if it has room.
  ///
  /// - Returns: Whether the item was put.
  /// - Throws: The errors of ``put(_:timeout:)``, except `timedOut`.
  @inlinable
  public func tryPut(_ item: Element) throws(QueueError) -> Bool {
    do throws(QueueError) {
      try put(item, timeout: .zero)
      return true
    } catch {
      if error.code == .timedOut { return false }
      throw error
    }
  }

  /// Takes the next item, waiting while the queue is empty.
  ///
  /// - Parameter timeout: The longest time to wait; 0 or less tries once, nil waits forever.
  /// - Throws: ``QueueError`` with code `timedOut`; `closed` if the queue is closed and empty;
  ///   `notTransferable` if the item cannot be decoded, in which case it is still taken out;
  ///   `corrupt`, `sharedMemory`.
  /// - Complexity: No system call, unless a process sleeps or the item has descriptors.
  @inlinable
  public func get(timeout: Duration? = nil) throws(QueueError) -> Element {
    guard Element.isBitwiseTransferable else { return try getEncoded(timeout) }
    let (position, cell) = try unsafe core.beginReading(timeout)
    // SAFETY: The cell holds the bytes of an item, any bytes are a valid item, and only this call
    // uses it.
    let item = unsafe withUnsafeTemporaryAllocation(of: Element.self, capacity: 1) { place in
      let start = unsafe place.baseAddress.unsafelyUnwrapped
      unsafe UnsafeMutableRawPointer(start).copyMemory(from: cell, byteCount: MemoryLayout<Element>.size)
      return unsafe start.move()
    }
    core.endReading(position)
    return item
  }

  /// Takes the next item if one is available.
  ///
  /// - Returns: nil if the queue is empty, also when it is closed.
  /// - Throws: The errors of ``get(timeout:)``, except `timedOut` and `closed`.
  @inlinable
  public func tryGet() throws(QueueError) -> Element? {
    do throws(QueueError) { return try get(timeout: .zero) } catch {
      if error.code == .timedOut || error.code == .closed { return nil }
      throw error
    }
  }

  // MARK: The queue

  /// Closes the queue to new items. Consumers take the remaining items, and then find the end;
  /// waiting producers get an error.
  public func close() { core.close() }

  /// Whether the queue has been closed. It can still contain items.
  public var isClosed: Bool { core.isClosed }

  /// The maximum number of items in the queue.
  public var capacity: Int { core.layout.capacity }

  /// The current number of items in the queue, including those that are being put in or taken out.
  public var count: Int { Swift.max(0, Swift.min(core.putCount &- core.takenCount, capacity)) }

  /// Whether no item is in the queue at this moment.
  public var isEmpty: Bool { count == 0 }

  /// Returns the latest 16 items that were lost when processes died, in no particular order. It
  /// also checks cells that no process has been blocked by yet.
  ///
  /// - Throws: ``QueueError`` with code `sharedMemory`.
  /// - Complexity: O(capacity).
  public func losses() throws(QueueError) -> [LostItem] {
    try core.clearAllDead()
    return core.losses
  }

  /// The total number of lost items that processes have noticed.
  public var lostCount: Int { core.lostCount }
}
