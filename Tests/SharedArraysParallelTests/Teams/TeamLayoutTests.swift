import Testing

#if DEBUG
  @testable import SharedArraysParallel

  // SAFETY: the addresses are compared and not dereferenced.

  /// The offsets of what a call, a team and their workers keep in shared memory.
  struct TeamLayoutTests {
    @Test func `the words of a team are where its layout says`() throws {
      let board = try TeamBoard(count: 3, parameterByteCount: 8)
      let base = unsafe UnsafeMutableRawPointer(board.run)
      func offset(_ word: UnsafeMutableRawPointer) -> Int { unsafe word - base }
      let words = unsafe [
        offset(board.isOperation), offset(board.parameter), offset(board.callerSleeps), offset(board.turn),
        offset(board.arrived), offset(board.passed), offset(board.isBroken), offset(board.isClosing),
        offset(board.sleeps(0)), offset(board.sleeps(2)),
      ]
      #expect(words == [8, 16, 128, 256, 384, 388, 512, 516, 640, 648])
      let records = unsafe [
        offset(board.begun(0)), offset(board.isAtBarrier(0)), offset(board.lower(0)), offset(board.upper(0)),
        offset(board.core(0)), offset(board.finished(0)), offset(board.outcome(0)), offset(board.begun(1)),
        offset(board.value(0, room: 0)), offset(board.value(1, room: 1)),
      ]
      #expect(records == [768, 772, 776, 784, 792, 896, 900, 1024, 1536, 2304])
      let large = try TeamBoard(count: 3, parameterByteCount: 200)
      #expect(unsafe large.parameter - UnsafeMutableRawPointer(large.run) == 640)
    }

    @Test func `the parts of a forked call are where its layout says`() {
      #expect(
        [
          ControlBlock.stopOffset, ControlBlock.slotsOffset, ControlBlock.slotByteCount,
          ControlBlock.errorOffset,
        ] == [128, 256, 2048, 16])
    }

    @Test func `the parts of an operation are where its layout says`() throws {
      #expect(
        [
          OperationBoard.argumentOffset, OperationBoard.nameOffset, OperationBoard.arraysOffset,
          OperationBoard.arrayByteCount,
        ] == [64, 512, 1536, 1024])
      typealias Layout = MemoryLayout<OperationHeader>
      let header = [
        Layout.offset(of: \.operation), Layout.offset(of: \.nameByteCount),
        Layout.offset(of: \.version), Layout.offset(of: \.blockCount),
        Layout.offset(of: \.blockSize),
      ]
      #expect(header == [0, 4, 8, 16, 24])
      #expect(MemoryLayout<ArrayReference>.size <= OperationBoard.arrayByteCount)
      #expect(
        OperationBoard.arraysOffset + OperationBoard.mostArrays * OperationBoard.arrayByteCount
          <= OperationBoard.resultsOffset)
    }
  }
#endif
