import SharedArrays

/// The contenders of this library in locks.
extension Locks {
  /// A counter in shared memory.
  struct Counter {
    let name: String
    /// Adds one `times` times.
    let add: (_ times: Int) throws -> Void
    let count: () throws -> Int
  }

  /// Creates one counter for each kind of lock.
  ///
  /// - Parameter plain: An integer in shared memory that no lock of its own protects.
  static func counters(_ plain: UnsafeMutablePointer<Int64>) throws -> [Counter] {
    let (value, atomic) = (try SharedValue(0), try SharedAtomic(0))
    return [
      try mutexCounter(plain),
      Counter(
        name: "SharedArrays SharedValue.withLock",
        add: { times in for _ in 0..<times { try value.withLock { $0 += 1 } } },
        count: { try value.load() }),
      try semaphoreCounter(plain),
      Counter(
        name: "SharedArrays SharedAtomic.add",
        add: { times in for _ in 0..<times { atomic.add(1) } },
        count: { atomic.load() }),
    ]
  }

  private static func mutexCounter(_ plain: UnsafeMutablePointer<Int64>) throws -> Counter {
    let mutex = try SharedMutex()
    return Counter(
      name: "SharedArrays SharedMutex.withLock",
      add: { times in
        for _ in 0..<times { try mutex.withLock { plain.pointee += 1 } }
      },
      count: { Int(plain.pointee) })
  }

  private static func semaphoreCounter(_ plain: UnsafeMutablePointer<Int64>) throws -> Counter {
    let semaphore = try SharedSemaphore(permits: 1)
    return Counter(
      name: "SharedArrays SharedSemaphore.withPermit",
      add: { times in
        for _ in 0..<times { try semaphore.withPermit { plain.pointee += 1 } }
      },
      count: { Int(plain.pointee) })
  }
}
