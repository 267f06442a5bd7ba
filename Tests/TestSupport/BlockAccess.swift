package import SharedArraysMemory
internal import Synchronization

// Bytes of a block, as the tests read and write them.

extension RawSpan {
  // SAFETY: any bytes make integers, and the loads are checked against the bounds.

  package func byte(at offset: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) }

  package var firstWord: Int { unsafe unsafeLoad(as: Int.self) }
}

extension SharedBlock {
  package func store(_ byte: UInt8, at offset: Int) {
    var bytes = mutableBytes
    bytes.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
  }

  /// Adds 1 to the first word, as one step.
  package func increment() {
    unsafe withUnsafeMutableBytes { bytes in
      // SAFETY: the block is page-aligned and at least a word long, and all who use this word do so here.
      let word = unsafe bytes.baseAddress!.assumingMemoryBound(to: Atomic<Int>.self)
      _ = unsafe word.pointee.add(1, ordering: .relaxed)
    }
  }
}
