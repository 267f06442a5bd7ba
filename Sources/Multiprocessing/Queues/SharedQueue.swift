internal import SharedArraysSystem
public import SharedArraysTransfer

/// A bounded queue in shared memory, for any number of processes that put items in and take them out.
///
///     let queue = try SharedQueue<Int>(capacity: 1_000)
///     let worker = try WorkerProcess.start {
///       queue.reduce(0, +)                          // until the queue is closed and empty
///     }
///     for number in 0..<100 { try queue.put(number) }
///     queue.close()
///     print(try worker.result())                    // 4950
///
/// Items whose bytes are their value (``RawTransferable``) are copied into the queue and out of it; any other ``Transferable``
/// item is encoded, and must not have more bytes than the queue was made for: a larger one is refused before a byte of it is
/// written.
///
/// An unnamed array that is an item, or part of one, is handed over and not copied: the process that takes it out maps the same
/// memory. So are descriptors. Unnamed queues of encoded items have a pair of sockets for that.
///
/// Items of one process come out in the order in which it put them in. This is a handle: copies of it mean the same queue, and
/// it crosses to workers as an argument, an item, or by a fork.
///
/// **When a process dies.** Nobody else waits for it: an item that it was putting in or taking out at that instant is lost, and
/// ``losses()`` names it; all others are untouched. The survivors notice when they meet its cell, after some milliseconds. What
/// it had taken out before and not passed on is not the queue's any more: see ``join(timeout:)``. A queue that is full, or
/// empty, keeps those waiting who expect a process that has died to change that: give them a `timeout`.
public struct SharedQueue<Element: Transferable>: Sendable {
  @usableFromInline let core: QueueCore

  @usableFromInline
  init(_ core: QueueCore) { self.core = core }

  /// Makes an unnamed queue.
  ///
  /// - Parameters:
  ///   - capacity: the most items in the queue at a time, at most 16,777,216.
  ///   - largestItem: the most bytes of an encoded item; without effect where the bytes of an item are its value.
  ///   - participants: the most processes that use it at a time, at most 8,192.
  ///   - tracksItems: whether consumers say when they are done with an item, for ``join(timeout:)``.
  /// - Throws: ``QueueError`` with code `memory`, if memory or a limit of the system's does not suffice.
  /// - Precondition: `capacity`, `largestItem` and `participants` are at least 1 and at most what is said above.
  /// - Complexity: O(capacity × bytes of an item): all memory is reserved here.
  public init(
    capacity: Int, largestItem: Int = 1024, participants: Int = 256, tracksItems: Bool = false
  ) throws(QueueError) {
    let layout = Self.layout(capacity, largestItem, participants, tracksItems)
    core = try QueueCore.createUnnamed(
      layout, byteCount: layout.byteCount!, hasChannel: !Element.crossesAsItsBytes)
  }

  /// - Precondition: the numbers are such that a queue can have them.
  static func layout(
    _ capacity: Int, _ largestItem: Int, _ participants: Int, _ tracksItems: Bool
  ) -> QueueLayout {
    let isRaw = Element.crossesAsItsBytes
    if capacity < 1 || capacity > QueueLayout.mostItems {
      fatalError("A queue has a capacity of 1 to \(QueueLayout.mostItems) items, not \(capacity).")
    }
    if largestItem < 1 {
      fatalError("The largest item of a queue has at least one byte, not \(largestItem).")
    }
    if participants < 1 || participants > QueueLayout.mostParticipants {
      fatalError(
        "A queue is for 1 to \(QueueLayout.mostParticipants) processes, not \(participants).")
    }
    let byteCount = isRaw ? MemoryLayout<Element>.size : largestItem + QueueFrame.headByteCount
    let layout = QueueLayout(
      capacity: capacity, itemByteCount: byteCount, participants: participants,
      fingerprint: TypeFingerprint.of(Element.self), tracksItems: tracksItems)
    if layout.byteCount == nil {
      fatalError("\(capacity) items of \(byteCount) bytes are more than memory can have.")
    }
    return layout
  }

  /// How many bytes the largest item of a queue of this type can have.
  static var itemBytes: ClosedRange<Int> {
    Element.crossesAsItsBytes
      ? MemoryLayout<Element>.size...MemoryLayout<Element>.size : QueueFrame.headByteCount + 1...Int.max
  }

  // MARK: One by one

  /// Puts an item in, waiting while the queue is full.
  ///
  /// - Parameter timeout: how long to wait; 0 or less tries, nil waits for ever.
  /// - Throws: ``QueueError`` with code `timedOut`, `closed`, `tooLarge`, `notTransferable`, `corrupt`, `memory`.
  /// - Complexity: no system call unless somebody sleeps.
  @inlinable
  public func put(_ item: Element, timeout: Duration? = nil) throws(QueueError) {
    guard Element.crossesAsItsBytes else { return try putEncoded(item, timeout) }
    let (position, cell) = try unsafe core.beginWriting(timeout)
    // SAFETY: the cell has room for the bytes of an item, and is this call's.
    unsafe withUnsafeBytes(of: item) { bytes in
      if let start = bytes.baseAddress {
        unsafe cell.copyMemory(from: start, byteCount: MemoryLayout<Element>.size)
      }
    }
    core.endWriting(position)
  }

  /// Puts an item in if there is room.
  ///
  /// - Returns: whether there was.
  /// - Throws: as ``put(_:timeout:)``, but `timedOut`.
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

  /// Takes the next item out, waiting while the queue is empty.
  ///
  /// - Parameter timeout: how long to wait; 0 or less tries, nil waits for ever.
  /// - Throws: ``QueueError`` with code `timedOut`; `closed` if it is closed and empty; `notTransferable` if the item cannot be
  ///   decoded, which is taken out all the same; `corrupt`, `memory`.
  /// - Complexity: no system call unless somebody sleeps.
  @inlinable
  public func get(timeout: Duration? = nil) throws(QueueError) -> Element {
    guard Element.crossesAsItsBytes else { return try getEncoded(timeout) }
    let (position, cell) = try unsafe core.beginReading(timeout)
    // SAFETY: the cell holds the bytes of an item, as which any bytes may be read, and is this call's.
    let item = unsafe withUnsafeTemporaryAllocation(of: Element.self, capacity: 1) { place in
      let start = unsafe place.baseAddress.unsafelyUnwrapped
      unsafe UnsafeMutableRawPointer(start).copyMemory(from: cell, byteCount: MemoryLayout<Element>.size)
      return unsafe start.move()
    }
    core.endReading(position)
    return item
  }

  /// Takes the next item out if there is one.
  ///
  /// - Returns: nil if the queue is empty, also when it is closed.
  /// - Throws: as ``get(timeout:)``, but `timedOut` and `closed`.
  @inlinable
  public func tryGet() throws(QueueError) -> Element? {
    do throws(QueueError) { return try get(timeout: .zero) } catch {
      if error.code == .timedOut || error.code == .closed { return nil }
      throw error
    }
  }

  // MARK: The queue

  /// Lets no more items in. Consumers take what is in the queue, and then find its end; producers that wait get an error.
  public func close() { core.close() }

  /// Whether it has been closed. There may be items left.
  public var isClosed: Bool { core.isClosed }

  /// The most items it has at a time.
  public var capacity: Int { core.layout.capacity }

  /// How many items are in the queue at this moment, those that are just being put in or taken out included.
  public var count: Int { Swift.max(0, Swift.min(core.putCount &- core.takenCount, capacity)) }

  /// Whether no item is in the queue at this moment.
  public var isEmpty: Bool { count == 0 }

  /// Items that were lost with processes that died, the latest 16, in no order. Cells in whose way nobody has come yet are
  /// looked at, too.
  ///
  /// - Throws: ``QueueError`` with code `memory`.
  /// - Complexity: O(capacity).
  public func losses() throws(QueueError) -> [LostItem] {
    try core.clearAllDead()
    return core.losses
  }

  /// How many items were lost in all, as far as somebody has noticed.
  public var lostCount: Int { core.lostCount }
}
