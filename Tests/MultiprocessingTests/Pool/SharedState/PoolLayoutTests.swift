import Testing

#if DEBUG
  @testable import Multiprocessing

  // SAFETY: the addresses are compared and not dereferenced, but for one word of the mapped record.

  /// The offsets of what a pool and its workers keep in shared memory. A worker of another program,
  /// started by its name, must find the same ones.
  struct PoolLayoutTests {
    @Test func `the words of a pool are where its layout says`() throws {
      let region = try PoolRegion()
      func offset(_ word: UnsafeMutableRawPointer) -> Int { unsafe word - region.base }
      let words = unsafe [
        offset(region.active), offset(region.nextPlace), offset(region.isClosing), offset(region.isCalled),
        offset(region.hasPending), offset(region.workerCount), offset(region.callerPlace),
      ]
      #expect(words == [0, 8, 128, 132, 136, 140, 148])
      #expect(
        [PoolRegion.functions, PoolRegion.costs, PoolRegion.jobs, PoolRegion.workers, PoolRegion.data]
          == [256, 16_640, 20_480, 151_552, 417_792])
      #expect([PoolRegion.jobByteCount, PoolRegion.workerByteCount] == [2048, 1024])
      #expect(PoolRegion.jobs + PoolRegion.mostJobs * PoolRegion.jobByteCount == PoolRegion.workers)
    }

    @Test func `the words of a job are where its layout says`() throws {
      let record = JobRecord(region: try PoolRegion(), slot: 3)
      func offset(_ word: UnsafeMutableRawPointer) -> Int {
        unsafe word - record.region.base - 20_480 - 3 * 2048
      }
      let words = unsafe [
        offset(record.next), offset(record.callsManager), offset(record.isStopped), offset(record.done),
        offset(record.isAwaited),
      ]
      #expect(words == [0, 16, 20, 64, 68])
      #expect(
        [
          JobRecord.smallStates, JobRecord.smallOutput, JobRecord.inlineOutput, JobRecord.inlineStates,
          JobRecord.inlineInput,
        ] == [24, 96, 320, 832, 1024])
      record.inlineByteCount = 77
      #expect(unsafe record.region.base.load(fromByteOffset: record.start + 72, as: Int.self) == 77)
      typealias Layout = MemoryLayout<JobRecord.Plan>
      let plan = [
        Layout.offset(of: \.generation), Layout.offset(of: \.function),
        Layout.offset(of: \.inputKind), Layout.offset(of: \.isOutputRaw),
        Layout.offset(of: \.count), Layout.offset(of: \.chunkSize),
        Layout.offset(of: \.chunkCount), Layout.offset(of: \.input),
        Layout.offset(of: \.output), Layout.offset(of: \.states),
        Layout.offset(of: \.outputStride), Layout.offset(of: \.isTimed),
        Layout.offset(of: \.target),
      ]
      #expect(plan == [0, 4, 8, 12, 16, 24, 32, 40, 48, 56, 64, 72, 80])
      #expect(MemoryLayout<JobRecord.Plan>.size <= 192, "the plan ends before the outputs begin")
    }

    @Test func `the words of a worker are where its layout says`() throws {
      let record = WorkerRecord(region: try PoolRegion(), index: 5)
      func offset(_ word: UnsafeMutableRawPointer) -> Int {
        unsafe word - record.region.base - 151_552 - 5 * 1024
      }
      let words = unsafe [
        offset(record.state), offset(record.engaged), offset(record.chunk), offset(record.began),
        offset(record.pid), offset(record.core), offset(record.events),
      ]
      #expect(words == [0, 8, 16, 24, 32, 40, 576])
      record.setSettled(9, 2, 4)
      #expect(
        unsafe record.region.base.load(fromByteOffset: record.start + 64 + 2 * 8, as: UInt64.self)
          == 4 << 32 | 9)
      typealias Layout = MemoryLayout<EventRing.Event>
      let event = [
        Layout.offset(of: \.begin), Layout.offset(of: \.end),
        Layout.offset(of: \.job), Layout.offset(of: \.chunk), Layout.offset(of: \.count),
        Layout.offset(of: \.first), Layout.offset(of: \.kind), Layout.offset(of: \.outcome),
      ]
      #expect(event == [0, 8, 16, 24, 28, 32, 40, 44])
      #expect([EventRing.headByteCount, EventRing.eventByteCount] == [128, 48])
    }

    @Test func `the words of a queue are where its layout says`() {
      let layout = QueueLayout(
        capacity: 10, itemByteCount: 40, participants: 3, fingerprint: 1, tracksItems: true)
      #expect(
        [
          QueueLayout.tail, QueueLayout.head, QueueLayout.consumersAsleep, QueueLayout.watchers,
          QueueLayout.producersAsleep, QueueLayout.isClosed, QueueLayout.lostCount,
          QueueLayout.abandonedCount, QueueLayout.joinersAsleep, QueueLayout.channelLock,
          QueueLayout.losses, QueueLayout.records, QueueLayout.takenInRecord, QueueLayout.doneInRecord,
        ] == [128, 256, 384, 392, 448, 512, 520, 536, 544, 576, 640, 1152, 16, 24])
      #expect([layout.words, layout.cells, layout.stride] == [1152 + 3 * 64, 1536, 64])
      #expect(layout.byteCount == 1536 + 10 * 64)
    }
  }
#endif
