/// Converts elements whose types are known only at run time, such as those of files.
///
/// Every element is first widened to `Int64`, `UInt64` or `Double`, one of which holds it exactly,
/// and then narrowed to the target. This needs 13 and 42 loops rather than one for each pair of
/// types and each rule. The wide elements of a block fit in the first-level cache.
struct ElementConversion {
  let source: ElementType
  let target: ElementType
  let rule: ConversionRule
  /// Whether the bytes of each number, or of each part of one, are in the opposite order.
  var swapsBytes = false

  private static let blockCount = 512

  /// Converts adjacent elements.
  ///
  /// - Returns: the position of the first element that the rule rejects; nil if it accepts all.
  @unsafe func convert(
    _ elements: UnsafeRawPointer, count: Int, into results: UnsafeMutableRawPointer
  ) -> Int? {
    if source == target, source != .bool, !swapsBytes {
      unsafe results.copyMemory(from: elements, byteCount: count * source.byteCount)
      return nil
    }
    return unsafe withUnsafeTemporaryAllocation(byteCount: Self.blockCount * 16, alignment: 16) { room in
      // SAFETY: the buffer is not empty. Its first half is for real parts, the second for imaginary
      // ones.
      let wide = unsafe WideBlock(real: room.baseAddress!, imaginary: room.baseAddress! + Self.blockCount * 8)
      var done = 0
      while done < count {
        let length = min(Self.blockCount, count - done)
        let start = unsafe elements + done * source.byteCount
        let place = unsafe results + done * target.byteCount
        if unsafe !convertBlock(start, count: length, through: wide, into: place) {
          return unsafe done + firstRefused(start, count: length, through: wide, into: place)
        }
        done += length
      }
      return nil
    }
  }

  /// Converts a block of elements. Returns whether the rule accepts all the elements.
  private func convertBlock(
    _ elements: UnsafeRawPointer, count: Int, through wide: WideBlock, into results: UnsafeMutableRawPointer
  ) -> Bool {
    let kind = unsafe wide.fill(from: elements, source, count: count, swapsBytes: swapsBytes)
    return unsafe wide.narrow(kind, isComplex: source.isComplex, count: count, to: target, at: results, rule)
  }

  private func firstRefused(
    _ elements: UnsafeRawPointer, count: Int, through wide: WideBlock, into results: UnsafeMutableRawPointer
  ) -> Int {
    for position in 0..<count {
      let element = unsafe elements + position * source.byteCount
      if unsafe !convertBlock(element, count: 1, through: wide, into: results) { return position }
    }
    fatalError("A refused block has no refused element.")
  }
}

/// A block of widened elements. Callers keep `count` within the memory behind the two addresses.
@safe struct WideBlock {
  enum Kind { case signed, unsigned, floating }

  let real: UnsafeMutableRawPointer
  let imaginary: UnsafeMutableRawPointer

  /// Widens elements, and returns the kind of the wide elements.
  func fill(from start: UnsafeRawPointer, _ type: ElementType, count: Int, swapsBytes: Bool) -> Kind {
    switch type {
    case .bool: unsafe widen(start, count, false) { (bits: UInt8) in bits == 0 ? 0 : 1 as Int64 }
    case .int8: unsafe widen(start, count, false) { Int64(Int8(bitPattern: $0)) }
    case .int16: unsafe widen(start, count, swapsBytes) { Int64(Int16(bitPattern: $0)) }
    case .int32: unsafe widen(start, count, swapsBytes) { Int64(Int32(bitPattern: $0)) }
    case .int64: unsafe widen(start, count, swapsBytes) { Int64(bitPattern: $0) }
    case .uint8: unsafe widen(start, count, false) { (bits: UInt8) in Int64(bits) }
    case .uint16: unsafe widen(start, count, swapsBytes) { (bits: UInt16) in Int64(bits) }
    case .uint32: unsafe widen(start, count, swapsBytes) { (bits: UInt32) in Int64(bits) }
    case .uint64: unsafe widen(start, count, swapsBytes) { (bits: UInt64) in bits }
    case .float16: unsafe widen(start, count, swapsBytes) { Double(Float16(bitPattern: $0)) }
    case .float32: unsafe widen(start, count, swapsBytes) { Double(Float(bitPattern: $0)) }
    case .float64: unsafe widen(start, count, swapsBytes) { Double(bitPattern: $0) }
    case .complex64:
      unsafe widenParts(start, count, swapsBytes) { Double(Float(bitPattern: $0)) }
    case .complex128:
      unsafe widenParts(start, count, swapsBytes) { Double(bitPattern: $0) }
    }
    return switch type {
    case .uint64: .unsigned
    case .float16, .float32, .float64, .complex64, .complex128: .floating
    default: .signed
    }
  }

  @inline(__always)
  private func widenParts<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ start: UnsafeRawPointer, _ count: Int, _ swapsBytes: Bool, _ convert: (Bits) -> Double
  ) {
    let size = MemoryLayout<Bits>.size
    unsafe widen(start, count, swapsBytes, step: 2 * size, convert)
    unsafe widen(start + size, count, swapsBytes, step: 2 * size, to: imaginary, convert)
  }

  @inline(__always)
  private func widen<Bits: FixedWidthInteger & BitwiseCopyable, Wide: BitwiseCopyable>(
    _ start: UnsafeRawPointer, _ count: Int, _ swapsBytes: Bool, step: Int = MemoryLayout<Bits>.size,
    to place: UnsafeMutableRawPointer? = nil, _ convert: (Bits) -> Wide
  ) {
    let place = unsafe place ?? real
    for position in 0..<count {
      var bits = unsafe start.loadUnaligned(fromByteOffset: position &* step, as: Bits.self)
      if swapsBytes { bits = bits.byteSwapped }
      unsafe place.storeBytes(of: convert(bits), toByteOffset: position &* 8, as: Wide.self)
    }
  }
}
