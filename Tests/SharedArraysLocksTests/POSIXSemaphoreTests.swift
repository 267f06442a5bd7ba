import Glibc
import SharedArraysLocks
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the semaphore is only used if it was opened, and it is never closed.

@Suite(.serialized, .timeLimit(.minutes(1)))
struct POSIXSemaphoreTests {
  @Test func `a named semaphore is the same one that C opens`() throws {
    let name = "posix-\(currentProcess())"
    let semaphore = try POSIXSemaphore.create(name, permits: 1)
    defer { try? POSIXSemaphore.unlink(name) }
    #expect(throws: SharedMemoryError.self) { try POSIXSemaphore.create(name, permits: 1) }
    let other = try POSIXSemaphore.attach("/" + name)
    try other.wait()
    #expect(semaphore.permits == 0)
    #expect(lockError { try semaphore.wait(timeout: .milliseconds(5)) } == .timedOut)
    let ended = try forkedChild {
      guard let c = unsafe sem_open("/" + name, 0), unsafe c != SEM_FAILED else { return 1 }
      return unsafe sem_post(c) == 0 ? 0 : 2
    }
    #expect(ended == .exited(code: 0))
    try semaphore.wait(timeout: .seconds(10))
    try POSIXSemaphore.unlink(name)
    #expect(throws: SharedMemoryError.self) { try POSIXSemaphore.attach(name) }
    #expect(throws: SharedMemoryError.self) { try POSIXSemaphore.create("a/b", permits: 0) }
  }

  @Test func `a semaphore in a block is shared by all that map it`() throws {
    let block = try SharedBlock.create(.generated, byteCount: 128)
    let semaphore = try POSIXSemaphore(on: block, byteOffset: 64, permits: 0)
    let ended = try forkedChild {
      guard let other = try? SharedBlock.attach(block.name),
        let same = try? POSIXSemaphore(attachedTo: other, byteOffset: 64)
      else { return 1 }
      return (try? same.post()) == nil ? 2 : 0
    }
    #expect(ended == .exited(code: 0))
    try semaphore.wait(timeout: .zero)
    #expect(semaphore.permits == 0)
    let full = try POSIXSemaphore(on: block, permits: Int(Int32.max))
    #expect(lockError { try full.post() } == .overRelease)
    for offset in [8, -64, 128] {
      #expect(throws: SharedMemoryError.self) {
        try POSIXSemaphore(on: block, byteOffset: offset, permits: 0)
      }
    }
  }
}
