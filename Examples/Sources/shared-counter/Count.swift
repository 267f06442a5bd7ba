import SharedArrays

/// What each worker gets. A handle crosses as a handle: all of them count in the same memory.
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
      // A mutex guards whatever the program says it guards; a value brings its lock along; an atomic integer needs none.
      try job.lock.withLock { job.array[0] = successor(job.array[0]) }
      try job.value.withLock { $0 += 1 }
      job.atomic.add(1)
    }
    return NoValue()
  }
}

/// One more. Not inlined: else the compiler might add all at once, and hide what happens in between.
@inline(never)
func successor(_ number: Int) -> Int { number + 1 }
