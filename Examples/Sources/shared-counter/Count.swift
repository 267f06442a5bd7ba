import SharedArrays

/// The argument of each worker. Shared objects cross as handles, so all workers count in the same
/// memory.
struct Job: Transferable {
  var additions: Int
  var start: SharedBarrier
  var lock: SharedMutex
  var array: SharedArray<Int>
  var value: SharedValue<Int>
  var atomic: SharedAtomic<Int>

  func encode(into writer: inout TransferWriter) throws(TransferError) {
    try writer.encode(additions)
    try writer.encode(start)
    try writer.encode(lock)
    try writer.encode(array)
    try writer.encode(value)
    try writer.encode(atomic)
  }

  static func decode(from reader: inout TransferReader) throws(TransferError) -> Job {
    Job(
      additions: try reader.decode(), start: try reader.decode(), lock: try reader.decode(),
      array: try reader.decode(), value: try reader.decode(), atomic: try reader.decode())
  }
}

enum Count: WorkFunction {
  static func call(_ job: Job) throws -> NoValue {
    try job.start.wait()
    for _ in 0..<job.additions {
      // A mutex protects the data that the program chooses. A shared value includes its lock. An
      // atomic integer needs no lock.
      try job.lock.withLock { job.array[0] = successor(job.array[0]) }
      try job.value.withLock { $0 += 1 }
      job.atomic.add(1)
    }
    return NoValue()
  }
}

/// Returns the next number.
///
/// It is not inlined: otherwise the compiler might merge all additions into one and hide the race.
@inline(never)
func successor(_ number: Int) -> Int { number + 1 }
