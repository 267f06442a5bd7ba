extension ArrayStorage {
  /// Calls `body` with the bytes of all elements in row-major order, a piece at a time. Long runs
  /// of adjacent elements are passed in place; others are gathered in a buffer.
  func forEachPiece<Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    // The code below does not depend on the element type, so it is fast even where the compiler
    // does not know that type.
    try unsafe SharedArraysCore.forEachPiece(
      of: UnsafeRawPointer(base), elementByteCount: MemoryLayout<Element>.stride,
      CoalescedAxes<1>(shape, [strides]), body)
  }
}

private let pieceByteCount = 1 << 18

private func forEachPiece<Failure: Error>(
  of base: UnsafeRawPointer, elementByteCount size: Int, _ axes: CoalescedAxes<1>,
  _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
) throws(Failure) {
  let (runCount, stride) = (axes.runCount, axes.runStride(0))
  if stride == 1, runCount * size >= pieceByteCount / 8 {
    try axes.forEachRun { (offsets) throws(Failure) in
      // SAFETY: a run of stride 1 is `runCount` adjacent elements of the array.
      try unsafe body(UnsafeRawBufferPointer(start: base + offsets[0] * size, count: runCount * size))
    }
    return
  }
  let capacity = min(pieceByteCount / size, max(1, axes.extents.product))
  let buffer = UnsafeMutableRawPointer.allocate(byteCount: capacity * size, alignment: 16)
  defer { unsafe buffer.deallocate() }
  var filled = 0
  try axes.forEachRun { (offsets) throws(Failure) in
    var done = 0
    while done < runCount {
      let count = min(runCount - done, capacity - filled)
      // SAFETY: the run's elements from `done` on are the array's, and the buffer has room for
      // `count`.
      unsafe gather(
        base + (offsets[0] + done * stride) * size, every: stride, count, of: size,
        into: buffer + filled * size)
      done += count
      filled += count
      if filled == capacity {
        try unsafe body(UnsafeRawBufferPointer(start: buffer, count: filled * size))
        filled = 0
      }
    }
  }
  if filled > 0 { try unsafe body(UnsafeRawBufferPointer(start: buffer, count: filled * size)) }
}

/// Gathers elements that are `stride` elements apart into adjacent places.
private func gather(
  _ start: UnsafeRawPointer, every stride: Int, _ count: Int, of elementByteCount: Int,
  into target: UnsafeMutableRawPointer
) {
  if stride == 1 { return unsafe target.copyMemory(from: start, byteCount: count * elementByteCount) }
  let distance = stride * elementByteCount
  switch elementByteCount {
  case 1: unsafe gather(start, distance, count, into: target, as: UInt8.self)
  case 2: unsafe gather(start, distance, count, into: target, as: UInt16.self)
  case 4: unsafe gather(start, distance, count, into: target, as: UInt32.self)
  case 8: unsafe gather(start, distance, count, into: target, as: UInt64.self)
  default: unsafe gather(start, distance, count, into: target, as: UInt128.self)
  }
}

@inline(__always)
private func gather<Bits: BitwiseCopyable>(
  _ start: UnsafeRawPointer, _ distance: Int, _ count: Int, into target: UnsafeMutableRawPointer,
  as type: Bits.Type
) {
  for position in 0..<count {
    let bits = unsafe start.loadUnaligned(fromByteOffset: position &* distance, as: type)
    unsafe target.storeBytes(of: bits, toByteOffset: position &* MemoryLayout<Bits>.size, as: type)
  }
}
