import SharedArraysCore
import SharedArraysMemory
import TestSupport
import Testing

// SAFETY: the bytes that are loaded lie within the block and form a valid `UInt32`.

@Suite(.serialized, .timeLimit(.minutes(1)))
struct BlockArrayTests {
  @Test func `a block that is too small is an error with both sizes`() throws {
    let block = try SharedBlock.create(.generated, byteCount: 1024)
    let error = #expect(throws: SharedMemoryError.self) { try SharedArray<Double>(on: block, shape: [256]) }
    #expect(
      error?.description == "Shared memory \"\(block.name)\": the block is too small "
        + "(shape [256] of float64 needs 2048 bytes, the block has 1024).")
    #expect(error?.code == .tooSmall)
    #expect(try SharedArray<Double>(on: block, shape: [128]).toArray() == Array(repeating: 0, count: 128))
  }

  @Test(arguments: [
    (4, 7, SharedMemoryError.Code.misaligned), (0, 8, nil), (8, 7, nil), (8, 8, .tooSmall), (64, 0, nil),
    (65, 0, .tooSmall), (72, 0, .tooSmall), (Int.max, 1, .tooSmall), (0, Int.max, .tooLarge),
    (0, Int.max / 8, .tooSmall),
  ])
  func `an offset must be aligned and leave room`(
    byteOffset: Int, count: Int, expected: SharedMemoryError.Code?
  ) throws {
    let block = try SharedBlock.create(.generated, byteCount: 64)
    let reader = try SharedBlock.attach(block.name, access: .readOnly)
    #expect(
      memoryCode { _ = try SharedArray<Double>(on: block, shape: [count], byteOffset: byteOffset) }
        == expected)
    #expect(
      memoryCode { _ = try ReadOnlySharedArray<Double>(on: reader, shape: [count], byteOffset: byteOffset) }
        == expected)
  }

  @Test func `the sentences name the offset and the alignment`() throws {
    let block = try SharedBlock.create(.generated, byteCount: 64)
    let name = block.name
    func sentence(_ shape: Shape, _ byteOffset: Int) -> String? {
      #expect(throws: SharedMemoryError.self) {
        try SharedArray<Float>(on: block, shape: shape, byteOffset: byteOffset)
      }?.description
    }
    #expect(
      sentence([2, 8], 16) == "Shared memory \"\(name)\": the block is too small "
        + "(shape [2, 8] of float32 needs 64 bytes from byte 16 on, the block has 64).")
    #expect(
      sentence([2], 6) == "Shared memory \"\(name)\": the elements would not be aligned "
        + "(byte 6 is not a multiple of the alignment of float32, 4).")
    #expect(
      sentence([1 << 62, 2], 0) == "Shared memory \"\(name)\": no segment can be that large "
        + "(shape [4611686018427387904, 2] of float32 on a block of 64 bytes).")
  }

  @Test(arguments: [
    ("The byteOffset of an array on a block must be at least 0, not -8.", [1], -8, false),
    ("Axis 1 of shape [1, -1] has a negative extent.", [1, -1], 0, false),
    ("An array cannot be created on a detached block.", [1], 0, true),
  ])
  func `a mistake ends the process with a sentence`(
    sentence: String, extents: [Int], byteOffset: Int, isDetached: Bool
  ) async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [extents, byteOffset, isDetached] in
      var block = try SharedBlock.create(.generated, byteCount: 64, lifetime: .persistent)
      try block.unlink()
      if isDetached { try block.detach() }
      _ = try SharedArray<Double>(on: block, shape: Shape(extents), byteOffset: byteOffset)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains(sentence))
  }

  @Test func `several arrays, of several types, share a block`() throws {
    let block = try SharedBlock.create(.generated, byteCount: 64)
    let numbers = try SharedArray<UInt32>(on: block, shape: [2, 4], byteOffset: 32)
    let bytes = try SharedArray<UInt8>(on: block, shape: [64])
    numbers[1, 3] = 0x0102_0304
    #expect(bytes[60..<64].toArray() == [4, 3, 2, 1])
    #expect(numbers.name == block.name)
    #expect(try SharedArray<UInt32>(on: block, shape: [], byteOffset: 60).scalar == 0x0102_0304)
    #expect(try SharedArray<UInt32>(on: block, shape: [0, 3], byteOffset: 64).isEmpty)
    let word = unsafe block.bytes.unsafeLoad(fromByteOffset: 60, as: UInt32.self)
    #expect(word == 0x0102_0304)
  }

  @Test func `an array keeps its block mapped and the name of a temporary block`() throws {
    let name = try freeName()
    var block = try SharedBlock.create(name, byteCount: 80)
    var array = try SharedArray<Double>(on: block, shape: [10])
    #expect(memoryCode { try block.detach() } == .inUse)
    #expect(memoryCode { try array.detach() } == .inUse)
    block = try SharedBlock.attach(name)
    array[9] = 3
    #expect(try ReadOnlySharedArray<Double>(on: block, shape: [10])[9] == 3)
    #expect(sharedMemoryNames().contains(name))
    try array.detach()
    #expect(!sharedMemoryNames().contains(name))
    #expect(try ReadOnlySharedArray<Double>(on: block, shape: [10])[9] == 3)
  }

  @Test func `an array removes its block's name when asked`() throws {
    let block = try SharedBlock.create(.generated, byteCount: 80, lifetime: .persistent)
    try SharedArray<Double>(on: block, shape: [10]).unlink()
    #expect(!sharedMemoryNames().contains(block.name))
  }

  @Test func `arrays on a block are not segments`() throws {
    let block = try SharedBlock.create(.generated, byteCount: 80)
    #expect(memoryCode { _ = try SharedArray<Double>.attach(block.name) } == .notASegment)
    let array = try SharedArray<Double>.create(.generated, shape: [10])
    #expect(memoryCode { _ = try SharedBlock.attach(array.name ?? "") } == .mismatch)
  }

  // MARK: Overlap

  @Test(arguments: [true, false])
  func `elements move within a block as if copied first`(isAttachedTwice: Bool) throws {
    let block = try SharedBlock.create(.generated, byteCount: 800)
    let other = isAttachedTwice ? try SharedBlock.attach(block.name) : block
    let all = try SharedArray<Int>(on: block, shape: [100])
    for i in 0..<100 { all[i] = i }
    let upper = try SharedArray<Int>(on: other, shape: [80], byteOffset: 80)
    try upper.update(from: try SharedArray<Int>(on: block, shape: [80]))
    #expect(all.toArray() == Array(0..<10) + Array(0..<80) + Array(90..<100))
    let reversed = try SharedArray<Int>(on: other, shape: [100])[.stride(by: -1)]
    try reversed.update(from: all)
    #expect(all.toArray() == Array((Array(0..<10) + Array(0..<80) + Array(90..<100)).reversed()))
  }

  @Test func `arrays of two attachments are recognised as the same memory`() throws {
    let block = try SharedBlock.create(.generated, byteCount: 800)
    let (a, b) = (
      try SharedArray<Int>(on: block, shape: [50]),
      try SharedArray<Int>(on: block, shape: [50], byteOffset: 400)
    )
    let c = try SharedArray<Int>(on: try SharedBlock.attach(block.name), shape: [50])
    #expect(!a.storage.isMappedApart(from: b.storage))
    #expect(!a.storage.addressRange.overlaps(b.storage.addressRange))
    #expect(a.storage.isMappedApart(from: c.storage))
  }

  // MARK: Python

  @Test(.needsNumPy)
  func `NumPy and an array share a block`() throws {
    let block = try SharedBlock.create(.generated, byteCount: 2048)
    let x = try SharedArray<Double>(on: block, shape: [256])
    x.fill(2)
    let program = """
      import sys, numpy
      from multiprocessing import resource_tracker
      from multiprocessing.shared_memory import SharedMemory
      shm = SharedMemory(name=sys.argv[1])
      if sys.version_info < (3, 13): resource_tracker.unregister(shm._name, "shared_memory")
      x = numpy.ndarray((256,), dtype=float, buffer=shm.buf)
      print(x.sum())
      x[:] = numpy.arange(256) ** 2
      """
    #expect(try python(program, block.name) == "512.0")
    #expect(x.toArray() == (0..<256).map { Double($0 * $0) })
  }
}
