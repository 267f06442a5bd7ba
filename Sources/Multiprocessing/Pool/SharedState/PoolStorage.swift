internal import SharedArraysSystem

/// The parent's allocator for the memory of a pool. Workers never allocate, so a worker that dies
/// leaks no memory.
struct PoolStorage {
  /// The free ranges below `end`, in order, with used memory in between.
  private var free: [Range<Int>] = []
  private var end = PoolRegion.data

  /// Allocates memory with arbitrary contents.
  ///
  /// - Throws: `ENOSPC` or a similar error if no pages are left. Memory without pages is never
  ///   accessed.
  mutating func take(_ byteCount: Int, in region: PoolRegion) throws(SystemError) -> Range<Int> {
    let count = roundUp(max(byteCount, 1), to: 64)
    if let place = free.firstIndex(where: { $0.count >= count }) {
      let lower = free[place].lowerBound
      let rest = lower + count..<free[place].upperBound
      if rest.isEmpty { free.remove(at: place) } else { free[place] = rest }
      return lower..<lower + count
    }
    guard count <= region.byteCount - end else {
      throw SystemError(call: "fallocate", code: ErrorCode.noMemory)
    }
    let taken = end..<end + count
    try region.descriptor.reserve(taken)
    end = taken.upperBound
    return taken
  }

  mutating func give(_ range: Range<Int>) {
    let place = free.firstIndex { $0.lowerBound > range.lowerBound } ?? free.count
    free.insert(range, at: place)
    if place + 1 < free.count, free[place].upperBound == free[place + 1].lowerBound {
      free[place] = free[place].lowerBound..<free[place + 1].upperBound
      free.remove(at: place + 1)
    }
    if place > 0, free[place - 1].upperBound == free[place].lowerBound {
      free[place - 1] = free[place - 1].lowerBound..<free[place].upperBound
      free.remove(at: place)
    }
  }
}
