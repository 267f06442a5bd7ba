internal import SharedArraysMemory
package import SharedArraysSystem

/// An object in shared memory without a descriptor. A wait for it sleeps at a futex word.
package protocol FutexWaitable: Waitable {
  /// The value that a wait remembers from its beginning.
  var mark: UInt32 { get }

  /// Whether the wait that began at `mark` is over.
  func isReady(since mark: UInt32) -> Bool

  /// Announces to other processes that a wait is about to sleep. The wait then checks once more,
  /// and sleeps on the returned expectation.
  func announceSleep(since mark: UInt32) -> Futex.Expectation
}

/// One wait for several objects.
///
/// Crash safety: a wait leaves nothing with the objects except the mark that a process might be
/// asleep. If the waiting process dies, the next process that changes an object makes one system
/// call that wakes no process. If a process is killed before it makes a wake-up call, the wait ends
/// when it checks by itself, every 50 ms.
struct WaitSet {
  private let waitables: [any Waitable]
  private let marks: [UInt32]
  /// The indices of the objects that have not been ready yet.
  private var pending: [Int]
  private let deadline: Deadline
  private var nextCare = Deadline(after: .seconds(1))
  private var nap = 1

  /// The longest sleep at words in milliseconds, if no process ends it.
  private static let longestSleep = 50
  /// The longest sleep at words in milliseconds while descriptors have to be checked as well.
  private static let longestMixedSleep = 10
  /// The longest sleep in milliseconds while some objects have neither.
  private static let longestNap = 5

  init(_ waitables: [any Waitable], timeout: Duration?) {
    self.waitables = waitables
    marks = waitables.map { ($0 as? any FutexWaitable)?.mark ?? 0 }
    pending = Array(waitables.indices)
    deadline = Deadline(after: timeout)
  }

  /// Waits until some objects are ready.
  ///
  /// - Parameter most: The maximum number of indices to return. The lowest ones are returned.
  /// - Returns: The indices in order; empty if the timeout expired.
  mutating func next(_ most: Int = .max) throws(ProcessError) -> [Int] {
    // A wait that is over at the first check is not announced.
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

  /// Excludes these objects from further checks.
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
    if let word = waitables[index] as? any FutexWaitable { return word.isReady(since: marks[index]) }
    return try waitables[index].isReady()
  }

  private func announce() -> [Futex.Expectation] {
    pending.compactMap { (waitables[$0] as? any FutexWaitable)?.announceSleep(since: marks[$0]) }
  }

  /// Sleeps until an object may have changed.
  private mutating func sleep(_ expectations: [Futex.Expectation]) throws(ProcessError) {
    let next = Deadline.earlier(deadline, nextCare)
    if expectations.isEmpty || !sleep(atWords: expectations, until: next) {
      try sleep(atDescriptorsUntil: next)
    }
    guard nextCare.hasPassed else { return }
    for index in pending { (waitables[index] as? any Supervised)?.lookAfter() }
    nextCare = Deadline(after: .seconds(1))
  }

  /// - Returns: False if the kernel cannot do it: it is older than 5.16, or a system call filter
  ///   forbids it.
  private mutating func sleep(atWords expectations: [Futex.Expectation], until deadline: Deadline) -> Bool {
    // A call takes words or descriptors, and a limited number of words.
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
        .cannotStart, message: "waiting for \(waitables.count) objects failed", underlying: error)
    }
  }

  /// Returns the next sleep in milliseconds. Sleeps become longer, up to `longest`.
  private mutating func lengthenNap(_ longest: Int) -> Int {
    defer { nap = min(nap + 1, longest) }
    return min(nap, longest)
  }
}
