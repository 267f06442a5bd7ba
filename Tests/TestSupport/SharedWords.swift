package import SharedArraysSystem
internal import Synchronization

/// Words of memory that a test and the children it forks share: how they tell each other how far they are.
@safe package final class SharedWords: @unchecked Sendable {
  // It never changes, and its words are atomic: hence Sendable.
  private let mapping: MemoryMapping

  /// 500 words that are zero, and room for a lock behind them.
  package init() throws(SystemError) {
    mapping = try MemoryMapping(sharedWithChildren: pageSize)
  }

  package subscript(index: Int) -> Int {
    get { unsafe word(index).pointee.load(ordering: .acquiring) }
    set { unsafe word(index).pointee.store(newValue, ordering: .releasing) }
  }

  /// Adds to a word; returns what it was.
  @discardableResult
  package func add(_ value: Int, to index: Int) -> Int {
    unsafe word(index).pointee.add(value, ordering: .acquiringAndReleasing).oldValue
  }

  /// Waits until a word is not zero; false if it still is after ten seconds.
  package func wait(for index: Int) -> Bool {
    waitUntil { self[index] != 0 }
  }

  /// The address of a word.
  package func address(of index: Int) -> UnsafeMutableRawPointer {
    unsafe mapping.address + index * 8
  }

  private func word(_ index: Int) -> UnsafeMutablePointer<Atomic<Int>> {
    precondition(index >= 0 && index < 500)
    // SAFETY: the mapping is larger than 500 words, aligned, and lives as long as this.
    return unsafe address(of: index).assumingMemoryBound(to: Atomic<Int>.self)
  }
}
