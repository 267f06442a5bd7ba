internal import SharedArraysSystem
internal import SharedArraysTransfer
internal import Synchronization

// SAFETY: The byte buffers are local variables and are used only within the closures that get them.
// The lock is at an aligned offset of the layout, in memory that `memory` keeps mapped, and
// `isRobust` is checked before it is used. Cells and their words are accessed only at positions
// whose index is less than `capacity`: a claim has checked the position, or `isComing(_:)` checks
// it.

/// A pair of sockets that carries file descriptors, and with them unnamed memory, from the process
/// that puts an item to the process that takes it. All processes that use the queue have both
/// sockets. Each message contains the position of its item.
///
/// A producer sends its message while it holds the queue's channel lock, so messages are in the
/// order of their positions. A consumer takes its message with that lock, once all earlier messages
/// have been taken.
///
/// Crash safety: the kernel keeps messages in flight when a process dies. The lock is a robust
/// mutex that guards no data. If a producer dies before it publishes its item, or a consumer before
/// it takes its message, the next consumer finds that message at the front. It sees from the item's
/// cell that no process will take the message, and drops it.
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

  /// Sends the descriptors of the item at a position. Returns false if the socket has no room now.
  func send(_ descriptors: [CInt], for position: UInt64) throws(SystemError) -> Bool {
    try unsafe withUnsafeBytes(of: position) { (bytes) throws(SystemError) in
      try unsafe sending.trySend(bytes, descriptors: descriptors)
    }
  }

  /// The message at the front of the socket.
  enum Front {
    case nothing
    /// The descriptors of the item at a position.
    case message(UInt64)
    /// A message that no producer sends.
    case malformed
  }

  func front() throws(SystemError) -> Front {
    // The buffer is larger than a message, so that a longer message is detected.
    var words: (UInt64, UInt64) = (0, 0)
    let count = try unsafe withUnsafeMutableBytes(of: &words) { (bytes) throws(SystemError) in
      try unsafe receiving.peek(into: bytes)
    }
    guard let count else { return .nothing }
    return count == MemoryLayout<UInt64>.size ? .message(words.0) : .malformed
  }

  /// Takes the next message and returns its descriptors.
  func take() throws(SystemError) -> DescriptorList {
    var list = DescriptorList()
    guard let (_, numbers, _) = try receiving.receive(mayWait: false) else { return list }
    for number in numbers { _ = list.append(OwnedDescriptor(owning: number)) }
    return list
  }
}

extension QueueCore {
  /// The lock of the channel, in queues that have one.
  private var channelLock: RobustMutex { unsafe RobustMutex(at: start + QueueLayout.channelLock) }

  /// Runs a closure while holding the lock.
  ///
  /// - Throws: `timedOut` if the holder of the lock has been stopped. A holder keeps it for a few
  ///   system calls only.
  private func withChannelLock<Result>(
    until deadline: Deadline, _ body: (DescriptorChannel) throws(QueueError) -> Result
  ) throws(QueueError) -> Result {
    guard let channel else {
      throw QueueError(
        .notTransferable,
        "only an unnamed queue can transfer unnamed memory and descriptors; name the array")
    }
    guard channelLock.isRobust(recursive: false) else { throw QueueError(.corrupt, "its lock is damaged") }
    do throws(SystemError) {
      switch try channelLock.lock(until: deadline) {
      case .acquired: break
      // The lock guards no data that could be half changed.
      case .ownerDied: try? channelLock.makeConsistent()
      case .unavailable: throw SystemError(call: "pthread_mutex_lock", code: ErrorCode.timedOut)
      }
    } catch {
      if error.code == ErrorCode.timedOut { throw QueueError(.timedOut) }
      throw QueueError(.corrupt, "its lock failed with error \(error.code)")
    }
    defer { channelLock.unlockOwn() }
    return try body(channel)
  }

  /// Puts an item with descriptors into the queue.
  ///
  /// - Parameter write: A closure that writes the item into its cell.
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
  /// It waits without limit for a consumer that was stopped before it took an earlier message,
  /// because this process already owns the item, which would be lost otherwise. A malformed message
  /// is dropped and ends this call only. The call does not look for a further message then: the end
  /// of the sockets looks like an empty message, and would be found again and again.
  ///
  /// - Throws: `corrupt` if the item's descriptors are missing, or if a malformed message is found.
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
        throw QueueError(.corrupt, "it contained a message that no producer had sent, which has been dropped")
      }
      guard isWaiting else { throw QueueError(.corrupt, "an item lacks its descriptors") }
      backOff(&times)
    }
  }

  /// Whether a live process has claimed the item at a position, and therefore will take its
  /// message.
  private func isComing(_ position: UInt64) -> Bool {
    guard QueueWord.index(position) < capacity else { return false }
    let word = unsafe cellWord(QueueWord.index(position)).pointee.load(ordering: .acquiring)
    return QueueWord.lapsAhead(word, of: position) == 0 && QueueWord.state(word) == QueueWord.reading
      && participation.participants.presence(QueueWord.slot(word)) == .alive
  }
}
