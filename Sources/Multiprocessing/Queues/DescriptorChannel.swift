internal import SharedMemory
internal import Synchronization
internal import SystemLayer

/// How file descriptors, and with them unnamed memory, get from the process that puts an item into a queue to the one that takes it
/// out: through a pair of sockets that all of them have, in messages that bear the position of the item.
///
/// Messages are sent by a producer that has the queue's channel lock, in the order of their positions; a consumer takes its message
/// with that lock, when those before it have been taken.
///
/// Surviving death: the kernel keeps what is on its way, whoever dies. The lock is a robust mutex that guards no data. A message
/// whose producer died before it published the item, or whose consumer died before it took the message, is found at the front by
/// the next consumer, which sees by the item's cell that nobody will come for it, and drops it.
final class DescriptorChannel: Sendable {
  let sending: OwnedDescriptor
  let receiving: OwnedDescriptor

  init() throws(SystemError) {
    var pair = try SocketPair()
    sending = pair.takeOwn()
    receiving = try OwnedDescriptor(duplicating: pair.other.rawValue)
  }

  init(sending: consuming OwnedDescriptor, receiving: consuming OwnedDescriptor) {
    self.sending = sending
    self.receiving = receiving
  }

  /// Sends the descriptors of the item at a position; false if there is no room for more on the way.
  func send(_ descriptors: [CInt], for position: UInt64) throws(SystemError) -> Bool {
    try unsafe withUnsafeBytes(of: position) { (bytes) throws(SystemError) in
      try unsafe sending.trySend(bytes, descriptors: descriptors)
    }
  }

  /// The position that the next message bears; nil if there is none.
  func next() throws(SystemError) -> UInt64? {
    var position: UInt64 = 0
    let count = try unsafe withUnsafeMutableBytes(of: &position) { (bytes) throws(SystemError) in
      try unsafe receiving.peek(into: bytes)
    }
    return count == MemoryLayout<UInt64>.size ? position : nil
  }

  /// Takes the next message.
  func take() throws(SystemError) -> DescriptorList {
    var list = DescriptorList()
    guard let (_, numbers) = try receiving.receive(mayWait: false) else { return list }
    for number in numbers { _ = list.append(OwnedDescriptor(owning: number)) }
    return list
  }
}

extension QueueCore {
  /// The lock of the channel, for queues that have one.
  private var channelLock: RobustMutex { unsafe RobustMutex(at: start + QueueLayout.channelLock) }

  private func withChannelLock<Result>(
    _ body: (DescriptorChannel) throws(QueueError) -> Result
  ) throws(QueueError) -> Result {
    guard let channel else {
      throw QueueError(
        .notTransferable, "unnamed memory and descriptors pass through unnamed queues only; name the array")
    }
    let code = channelLock.lockDirectly()
    // It guards nothing that could be half changed.
    if code == ErrorCode.ownerDead { try? channelLock.makeConsistent() }
    guard code == 0 || code == ErrorCode.ownerDead else {
      throw QueueError(.corrupt, "error \(code) of its lock")
    }
    defer { channelLock.unlockOwn() }
    return try body(channel)
  }

  /// Puts an item with descriptors in.
  ///
  /// - Parameter write: writes the item into its cell.
  func put(
    _ descriptors: [CInt], timeout: Duration?, _ write: (UnsafeMutableRawPointer) -> Void
  ) throws(QueueError) {
    let deadline = Deadline(after: timeout)
    var times = 0
    while true {
      let isDone = try withChannelLock { (channel) throws(QueueError) -> Bool in
        guard let (position, _) = try claimToWrite(1, timeout: .zero) else { return false }
        let isSent: Bool
        do throws(SystemError) { isSent = try channel.send(descriptors, for: position) } catch {
          abandonWriting(position)
          throw QueueError(.notTransferable, error.description)
        }
        guard isSent else {
          abandonWriting(position)
          return false
        }
        unsafe write(cell(position))
        endWriting(position)
        return true
      }
      if isDone { return }
      if deadline.hasPassed { throw QueueError(.timedOut) }
      backOff(&times)
    }
  }

  /// Takes the descriptors of an item that this process has claimed.
  func takeDescriptors(of position: UInt64) throws(QueueError) -> DescriptorList {
    var times = 0
    while true {
      var isWaiting = false
      var list: DescriptorList?
      try withChannelLock { (channel) throws(QueueError) in
        do throws(SystemError) {
          while let next = try channel.next() {
            if next == position {
              list = try channel.take()
              return
            }
            isWaiting = isComing(next)
            if isWaiting { return }
            _ = try channel.take()
          }
        } catch {
          throw QueueError(.notTransferable, error.description)
        }
      }
      if let found = list.take() { return found }
      guard isWaiting else { throw QueueError(.corrupt, "an item without its descriptors") }
      backOff(&times)
    }
  }

  /// Whether a process that lives has claimed the item at a position, and so will take its message.
  private func isComing(_ position: UInt64) -> Bool {
    guard QueueWord.index(position) < capacity else { return false }
    let word = unsafe cellWord(QueueWord.index(position)).pointee.load(ordering: .acquiring)
    return QueueWord.lapsAhead(word, of: position) == 0 && QueueWord.state(word) == QueueWord.reading
      && participation.participants.presence(QueueWord.slot(word)) == .alive
  }
}
