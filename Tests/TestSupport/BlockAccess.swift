package import SharedArraysMemory
internal import Synchronization

// Access to the bytes of a block, for tests.

extension RawSpan {
  // SAFETY: Any bytes are a valid integer, and the loads are checked against the bounds.

  package func byte(at offset: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) }

  package var firstWord: Int { unsafe unsafeLoad(as: Int.self) }
}

extension SharedBlock {
  package func store(_ byte: UInt8, at offset: Int) {
    var bytes = mutableBytes
    bytes.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
  }

  /// Adds 1 to the first word atomically.
  package func increment() {
    unsafe withUnsafeMutableBytes { bytes in
      // SAFETY: The block is page-aligned and at least a word long, and all accesses to this word
      // go through this method.
      let word = unsafe bytes.baseAddress!.assumingMemoryBound(to: Atomic<Int>.self)
      _ = unsafe word.pointee.add(1, ordering: .relaxed)
    }
  }
}
