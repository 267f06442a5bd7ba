public import Synchronization

extension UnsafeMutableRawPointer {
  /// Returns the address of an atomic word in memory that several processes use at once.
  ///
  /// - Parameter offset: The offset of the word from this address, in bytes.
  /// - Precondition: The word lies within the memory, at a multiple of its size, and each process
  ///   accesses it with this type only. It began as zero, which is a valid value of each type.
  @inlinable
  @unsafe package func sharedWord<Value: AtomicRepresentable>(
    at offset: Int, as type: Value.Type = Value.self
  ) -> UnsafeMutablePointer<Atomic<Value>> {
    // SAFETY: The precondition says that the word is there, aligned and of this type.
    unsafe (self + offset).assumingMemoryBound(to: Atomic<Value>.self)
  }
}
