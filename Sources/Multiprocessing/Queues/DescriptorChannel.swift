internal import SharedArraysSystem
internal import SharedArraysTransfer
internal import Synchronization

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

  /// What is at the front.
  enum Front {
    case nothing
    /// The descriptors of the item at a position.
    case message(UInt64)
    /// What no producer sends.
    case malformed
  }

  func front() throws(SystemError) -> Front {
    // With room for more than a message has, so that a longer one shows.
    var words: (UInt64, UInt64) = (0, 0)
    let count = try unsafe withUnsafeMutableBytes(of: &words) { (bytes) throws(SystemError) in
      try unsafe receiving.peek(into: bytes)
    }
    guard let count else { return .nothing }
    return count == MemoryLayout<UInt64>.size ? .message(words.0) : .malformed
  }

  /// Takes the next message.
  func take() throws(SystemError) -> DescriptorList {
    var list = DescriptorList()
    guard let (_, numbers, _) = try receiving.receive(mayWait: false) else { return list }
    for number in numbers { _ = list.append(OwnedDescriptor(owning: number)) }
    return list
  }
}

extension QueueCore {
  /// The lock of the channel, for queues that have one.
  private var channelLock: RobustMutex { unsafe RobustMutex(at: start + QueueLayout.channelLock) }

  /// Runs a closure with the lock.
  ///
  /// - Throws: `timedOut` if its holder, which has it for some system calls only, has been stopped with it.
  private func withChannelLock<Result>(
    until deadline: Deadline, _ body: (DescriptorChannel) throws(QueueError) -> Result
  ) throws(QueueError) -> Result {
    guard let channel else {
      throw QueueError(
        .notTransferable, "unnamed memory and descriptors pass through unnamed queues only; name the array")
    }
    guard channelLock.isRobust(recursive: false) else { throw QueueError(.corrupt, "its lock") }
    do throws(SystemError) {
      switch try channelLock.lock(until: deadline) {
      case .acquired: break
      // It guards nothing that could be half changed.
      case .ownerDied: try? channelLock.makeConsistent()
      case .unavailable: throw SystemError(call: "pthread_mutex_lock", code: ErrorCode.timedOut)
      }
    } catch {
      if error.code == ErrorCode.timedOut { throw QueueError(.timedOut) }
      throw QueueError(.corrupt, "error \(error.code) of its lock")
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
      let patience = deadline.isNever ? nil : deadline.remaining + .seconds(1)
      let isDone = try withChannelLock(until: Deadline(after: patience)) {
        (channel) throws(QueueError) -> Bool in
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
  ///
  /// It waits without limit for a consumer that has been stopped before it took an earlier message: the item is this process's
  /// already, and would be lost. A malformed message is dropped, and ends this call only: the end of the sockets looks like an
  /// empty one, and would be found again and again.
  ///
  /// - Throws: `corrupt` if the item's descriptors are not there, or something else is.
  func takeDescriptors(of position: UInt64) throws(QueueError) -> DescriptorList {
    var times = 0
    while true {
      var (isWaiting, isMalformed) = (false, false)
      var list: DescriptorList?
      try withChannelLock(until: Deadline(after: nil)) { (channel) throws(QueueError) in
        do throws(SystemError) {
          while true {
            switch try channel.front() {
            case .nothing: return
            case .message(let next):
              if next == position {
                list = try channel.take()
                return
              }
              isWaiting = isComing(next)
              if isWaiting { return }
            case .malformed: isMalformed = true
            }
            _ = try channel.take()
            if isMalformed { return }
          }
        } catch {
          throw QueueError(.notTransferable, error.description)
        }
      }
      if let found = list.take() { return found }
      if isMalformed {
        throw QueueError(.corrupt, "a message that no producer has sent; it has been dropped")
      }
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
