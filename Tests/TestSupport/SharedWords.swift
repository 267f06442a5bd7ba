package import SharedArraysSystem
internal import Synchronization

/// Words of memory that a test shares with the children it forks, to report progress to each other.
@safe package final class SharedWords: @unchecked Sendable {
  // This class is Sendable because it never changes and its words are atomic.
  private let mapping: MemoryMapping

  /// Creates 500 zero words, with room for a lock behind them.
  package init() throws(SystemError) {
    mapping = try MemoryMapping(sharedWithChildren: pageSize)
  }

  package subscript(index: Int) -> Int {
    get { unsafe word(index).pointee.load(ordering: .acquiring) }
    set { unsafe word(index).pointee.store(newValue, ordering: .releasing) }
  }

  /// Adds to a word, and returns its old value.
  @discardableResult
  package func add(_ value: Int, to index: Int) -> Int {
    unsafe word(index).pointee.add(value, ordering: .acquiringAndReleasing).oldValue
  }

  /// Waits until a word is not zero. Returns false if it is still zero after ten seconds.
  package func wait(for index: Int) -> Bool {
    waitUntil { self[index] != 0 }
  }

  /// Returns the address of a word.
  package func address(of index: Int) -> UnsafeMutableRawPointer {
    unsafe mapping.address + index * 8
  }

  private func word(_ index: Int) -> UnsafeMutablePointer<Atomic<Int>> {
    precondition(index >= 0 && index < 500)
    // SAFETY: The mapping is larger than 500 words, is aligned, and lives as long as this object.
    return unsafe address(of: index).assumingMemoryBound(to: Atomic<Int>.self)
  }
}
