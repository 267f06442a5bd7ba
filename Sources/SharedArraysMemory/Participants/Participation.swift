internal import SharedArraysSystem
internal import Synchronization

/// This process's participation in a shared object: its record among the object's ``Participants``,
/// taken at the first use.
///
/// A forked child that has inherited a participation takes a record of its own at its first use,
/// and does not touch its parent's.
package final class Participation: Sendable {
  package let participants: Participants
  /// The generation of the process that took the record, combined with the record's index plus one;
  /// 0 before the first use.
  private let taken = Atomic<UInt64>(0)

  private static let indexBitCount: UInt64 = 16

  package init(_ participants: consuming Participants) { self.participants = participants }

  deinit {
    if let index = currentIndex { participants.leave(index) }
  }

  /// The index of this process's record; nil before its first use of the object.
  package var currentIndex: Int? {
    let known = taken.load(ordering: .acquiring)
    let (generation, number) = (known >> Self.indexBitCount, known & ((1 << Self.indexBitCount) - 1))
    return number == 0 || generation != ForkCounters.generation ? nil : Int(number) - 1
  }

  /// Returns the index of this process's record, and takes a record if this is the first use of the
  /// object.
  ///
  /// - Parameter repair: See `Participants.reclaim(_:repair:)`.
  /// - Throws: `SharedMemoryError` with code `tooManyParticipants`, or the code of a failed system
  ///   call.
  package func index(repair: (Int) -> Void) throws(SharedMemoryError) -> Int {
    if let index = currentIndex { return index }
    let joined = try translatingErrors(of: nil) { () throws(SystemError) in
      try participants.join(repair: repair)
    }
    guard let joined else {
      throw SharedMemoryError(.tooManyParticipants, detail: "all \(participants.count) records are in use")
    }
    let mine = ForkCounters.generation << Self.indexBitCount | UInt64(joined + 1)
    var expected = taken.load(ordering: .acquiring)
    while true {
      // Another thread of this process might have taken a record first.
      if let index = currentIndex {
        participants.leave(joined)
        return index
      }
      let (exchanged, original) = taken.compareExchange(
        expected: expected, desired: mine, ordering: .acquiringAndReleasing)
      if exchanged { return joined }
      expected = original
    }
  }
}
