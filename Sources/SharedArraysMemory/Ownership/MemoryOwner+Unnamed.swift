extension MemoryOwner {
  /// Allocates zeroed memory without a name for an object of this package: a block of the arena, or
  /// a segment of its own.
  ///
  /// - Throws: `insufficientMemory`, `tooLarge`, or the code of a system limit.
  package static func unnamed(byteCount: Int) throws(SharedMemoryError) -> MemoryOwner {
    byteCount <= Arena.largestBlockByteCount
      ? try Arena.allocate(byteCount: byteCount, zeroed: true)
      : try Segment.createUnnamed(dataByteCount: byteCount, header: RawSpan(), zeroed: true)
  }
}
