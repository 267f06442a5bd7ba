import SharedArraysSystem
import Synchronization

/// Counters shared with the children forked later, each in its own cache line.
struct Counters: ~Copyable {
  private let mapping: MemoryMapping

  init(_ count: Int) throws { mapping = try MemoryMapping(sharedWithChildren: count * 64) }

  @discardableResult func add(_ number: Int, to index: Int) -> Int {
    unsafe counter(index).pointee.add(number, ordering: .acquiringAndReleasing).newValue
  }

  subscript(_ index: Int) -> Int { unsafe counter(index).pointee.load(ordering: .acquiring) }

  private func counter(_ index: Int) -> UnsafeMutablePointer<Atomic<Int>> {
    precondition(index * 64 < mapping.byteCount, "counter \(index) does not exist")
    // SAFETY: zeroed memory, 64-byte aligned, used as an atomic word by every process.
    return unsafe (mapping.address + index * 64).assumingMemoryBound(to: Atomic<Int>.self)
  }

  /// Waits until `parties` processes have arrived `round` times; returns false if the counter
  /// `broken` is not zero.
  func barrier(_ index: Int, parties: Int, round: Int, unless broken: Int) -> Bool {
    add(1, to: index)
    while self[index] < parties * round {
      if self[broken] != 0 { return false }
      yieldCore()
    }
    return true
  }
}
