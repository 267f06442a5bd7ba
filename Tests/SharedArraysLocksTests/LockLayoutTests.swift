import SharedArraysMemory
import Testing

#if DEBUG
  @testable import SharedArraysLocks

  /// The offsets of what locks keep in shared memory, where other programs attach to them.
  struct LockLayoutTests {
    @Test func `the parts of a lock are where its layout says`() {
      #expect(
        [
          SharedObjectMemory.headerByteCount, Monitor.asleepOffset, Monitor.changeOffset, Monitor.lookOffset,
          Monitor.wordsOffset, Monitor.recordsOffset, Monitor.recordByteCount,
        ] == [64, 64, 72, 80, 128, 256, 64])
      #expect(Monitor.byteCount(participants: 4) == 512)
      #expect(Participants.headByteCount == 16)
    }
  }
#endif
