internal import SharedArraysMemory
package import SharedArraysSystem

/// Something in shared memory, which has no descriptor: it is slept for at a word.
package protocol WaitableByWord: Waitable {
  /// What a wait remembers of its beginning.
  var mark: UInt32 { get }

  /// Whether the wait that began at `mark` is over.
  func isReady(since mark: UInt32) -> Bool

  /// Lets others know that somebody is about to fall asleep, who looks once more after this and then sleeps by what it returns.
  func announceSleep(since mark: UInt32) -> Futex.Expectation
}

/// One wait for several things.
///
/// Surviving death: a wait leaves nothing with the things but the news that somebody may be asleep. Who dies in it costs the next
/// one who changes something a system call that wakes nobody. A wake-up that was never made, since the process that owed it was
/// killed, is made good when the wait looks by itself, every 50 ms.
struct CommonWait {
  private let waitables: [any Waitable]
  private let marks: [UInt32]
  /// Those that have not been ready yet.
  private var pending: [Int]
  private let deadline: Deadline
  private var nextCare = Deadline(after: .seconds(1))
  private var nap = 1

  /// How long a sleep at words lasts that nobody ends.
  private static let longestSleep = 50
  /// How long a sleep at words lasts while there are descriptors to be looked at, too.
  private static let longestMixedSleep = 10
  /// How long a sleep lasts while there are things with neither.
  private static let longestNap = 5

  init(_ waitables: [any Waitable], timeout: Duration?) {
    self.waitables = waitables
    marks = waitables.map { ($0 as? any WaitableByWord)?.mark ?? 0 }
    pending = Array(waitables.indices)
    deadline = Deadline(after: timeout)
  }

  /// Waits until some are ready.
  ///
  /// - Parameter most: of how many to tell, the first ones.
  /// - Returns: their indices in order; none if the time was up.
  mutating func next(_ most: Int = .max) throws(ProcessError) -> [Int] {
    // Others need not hear of a wait that is over at the first look.
    var expectations: [Futex.Expectation] = []
    var isFirst = true
    while true {
      let ready = try look(most)
      if !ready.isEmpty || pending.isEmpty || deadline.hasPassed { return ready }
      if !isFirst { try sleep(expectations) }
      isFirst = false
      expectations = announce()
    }
  }

  /// Looks for these no more.
  mutating func leaveOut(_ ready: [Int]) { pending.removeAll { ready.contains($0) } }

  var isOver: Bool { pending.isEmpty }

  private func look(_ most: Int) throws(ProcessError) -> [Int] {
    var ready: [Int] = []
    for index in pending where try isReady(index) {
      ready.append(index)
      if ready.count == most { break }
    }
    return ready
  }

  private func isReady(_ index: Int) throws(ProcessError) -> Bool {
    if let word = waitables[index] as? any WaitableByWord { return word.isReady(since: marks[index]) }
    return try waitables[index].isReady()
  }

  private func announce() -> [Futex.Expectation] {
    pending.compactMap { (waitables[$0] as? any WaitableByWord)?.announceSleep(since: marks[$0]) }
  }

  /// Sleeps until something may have changed.
  private mutating func sleep(_ expectations: [Futex.Expectation]) throws(ProcessError) {
    let next = Deadline.earlier(deadline, nextCare)
    if expectations.isEmpty || !sleep(atWords: expectations, until: next) {
      try sleep(atDescriptorsUntil: next)
    }
    guard nextCare.hasPassed else { return }
    for index in pending { (waitables[index] as? any LookedAfter)?.lookAfter() }
    nextCare = Deadline(after: .seconds(1))
  }

  /// - Returns: false if the kernel cannot do it: it is older than 5.16, or a filter of system calls forbids it.
  private mutating func sleep(atWords expectations: [Futex.Expectation], until deadline: Deadline) -> Bool {
    // A call takes words or descriptors, and so many words.
    let isAll = expectations.count == pending.count && expectations.count <= Futex.mostExpectations
    let limit = isAll ? Self.longestSleep : lengthenNap(Self.longestMixedSleep)
    do throws(SystemError) {
      try withExtendedLifetime(waitables) { () throws(SystemError) in
        _ = try Futex.wait(
          whileAll: expectations.prefix(Futex.mostExpectations),
          until: .earlier(deadline, Deadline(after: .milliseconds(limit))))
      }
      return true
    } catch { return false }
  }

  private mutating func sleep(atDescriptorsUntil deadline: Deadline) throws(ProcessError) {
    let descriptors = pending.map { waitables[$0].pollableDescriptor }
    var next = deadline
    if descriptors.contains(where: { $0 < 0 }) {
      next = .earlier(next, Deadline(after: .milliseconds(lengthenNap(Self.longestNap))))
    }
    do throws(SystemError) {
      var ready = [UInt8](repeating: 0, count: descriptors.count)
      _ = try pollDescriptors(descriptors, ready: &ready, until: next)
    } catch {
      throw ProcessError(
        .cannotStart, message: "\(waitables.count) things cannot be waited for", underlying: error)
    }
  }

  /// The next of naps that become longer, in milliseconds.
  private mutating func lengthenNap(_ longest: Int) -> Int {
    defer { nap = min(nap + 1, longest) }
    return min(nap, longest)
  }
}
