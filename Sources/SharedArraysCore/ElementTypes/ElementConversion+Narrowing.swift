// All functions below return whether the rule accepts every element. The loops have no early exit,
// so that the compiler can vectorize them.
//
// SAFETY: the caller guarantees that `count` wide elements follow `real` (and `imaginary` if the
// source is complex) in the aligned buffer of `ElementConversion.convert`, and that `results` has
// room for `count` elements of the target type. Every position below is less than `count`. Results
// are stored unaligned.

extension WideBlock {
  /// Converts widened elements to the target type.
  func narrow(
    _ kind: Kind, isComplex: Bool, count: Int, to type: ElementType, at results: UnsafeMutableRawPointer,
    _ rule: ConversionRule
  ) -> Bool {
    switch type {
    case .complex64: return unsafe narrowParts(kind, isComplex, count, results, rule, Float.self)
    case .complex128: return unsafe narrowParts(kind, isComplex, count, results, rule, Double.self)
    default:
      let fits = unsafe narrowReal(kind, count, to: type, results, rule)
      guard isComplex, rule != .saturating else { return fits }
      if rule == .checked { return fits && hasNoImaginaryPart(count) }
      if type == .bool { unsafe setWhereImaginary(count, results) }
      return fits
    }
  }

  private func narrowReal(
    _ kind: Kind, _ count: Int, to type: ElementType, _ results: UnsafeMutableRawPointer,
    _ rule: ConversionRule
  ) -> Bool {
    switch type {
    case .bool: unsafe narrowToBool(kind, count, results, rule)
    case .int8: unsafe narrowToInteger(kind, count, results, rule, Int8.self)
    case .int16: unsafe narrowToInteger(kind, count, results, rule, Int16.self)
    case .int32: unsafe narrowToInteger(kind, count, results, rule, Int32.self)
    case .int64: unsafe narrowToInteger(kind, count, results, rule, Int64.self)
    case .uint8: unsafe narrowToInteger(kind, count, results, rule, UInt8.self)
    case .uint16: unsafe narrowToInteger(kind, count, results, rule, UInt16.self)
    case .uint32: unsafe narrowToInteger(kind, count, results, rule, UInt32.self)
    case .uint64: unsafe narrowToInteger(kind, count, results, rule, UInt64.self)
    case .float16: unsafe narrowToFloat(kind, count, results, rule, Float16.self)
    case .float32, .complex64: unsafe narrowToFloat(kind, count, results, rule, Float.self)
    case .float64, .complex128: unsafe narrowToFloat(kind, count, results, rule, Double.self)
    }
  }

  @inline(__always)
  private func forEach<Wide: BitwiseCopyable, Result: BitwiseCopyable>(
    _ start: UnsafeMutableRawPointer, _ count: Int, _ results: UnsafeMutableRawPointer,
    step: Int = MemoryLayout<Result>.size, _ convert: (Wide) -> (Result, fits: Bool)
  ) -> Bool {
    var allFit = true
    for position in 0..<count {
      let wide = unsafe start.load(fromByteOffset: position &* 8, as: Wide.self)
      let (result, fits) = convert(wide)
      // The store is unaligned because the results can be elements of a piece of a file.
      unsafe results.storeBytes(of: result, toByteOffset: position &* step, as: Result.self)
      if !fits { allFit = false }
    }
    return allFit
  }
}

// MARK: Parts of complex numbers

extension WideBlock {
  private func narrowParts<Part: BinaryFloatingPoint & BitwiseCopyable>(
    _ kind: Kind, _ isComplex: Bool, _ count: Int, _ results: UnsafeMutableRawPointer,
    _ rule: ConversionRule, _ type: Part.Type
  ) -> Bool {
    let size = MemoryLayout<Part>.size
    let realFits = unsafe narrowToFloat(kind, count, results, rule, type, step: 2 * size)
    if isComplex {
      let parts = unsafe WideBlock(real: imaginary, imaginary: real)
      return unsafe parts.narrowToFloat(.floating, count, results + size, rule, type, step: 2 * size)
        && realFits
    }
    for position in 0..<count {
      unsafe results.storeBytes(of: 0, toByteOffset: position &* 2 &* size &+ size, as: type)
    }
    return realFits
  }

  private func hasNoImaginaryPart(_ count: Int) -> Bool {
    var none = true
    for position in 0..<count where unsafe imaginary.load(fromByteOffset: position &* 8, as: Double.self) != 0
    {
      none = false
    }
    return none
  }

  private func setWhereImaginary(_ count: Int, _ results: UnsafeMutableRawPointer) {
    for position in 0..<count where unsafe imaginary.load(fromByteOffset: position &* 8, as: Double.self) != 0
    {
      unsafe results.storeBytes(of: 1, toByteOffset: position, as: UInt8.self)
    }
  }
}

// MARK: Targets

extension WideBlock {
  @inline(__always)
  private func narrowToInteger<Result: FixedWidthInteger & BitwiseCopyable>(
    _ kind: Kind, _ count: Int, _ results: UnsafeMutableRawPointer, _ rule: ConversionRule,
    _ type: Result.Type
  ) -> Bool {
    switch kind {
    case .signed: unsafe narrow(count, results, rule, from: Int64.self, to: type)
    case .unsigned: unsafe narrow(count, results, rule, from: UInt64.self, to: type)
    case .floating: unsafe narrowFloating(count, results, rule, to: type)
    }
  }

  @inline(__always)
  private func narrow<Wide: FixedWidthInteger & BitwiseCopyable, Result: FixedWidthInteger & BitwiseCopyable>(
    _ count: Int, _ results: UnsafeMutableRawPointer, _ rule: ConversionRule, from: Wide.Type,
    to: Result.Type
  ) -> Bool {
    switch rule {
    case .checked:
      unsafe forEach(real, count, results) { (wide: Wide) in
        let result = Result(truncatingIfNeeded: wide)
        return (result, result == wide)
      }
    case .saturating: unsafe forEach(real, count, results) { (wide: Wide) in (Result(clamping: wide), true) }
    case .truncating:
      unsafe forEach(real, count, results) { (wide: Wide) in (Result(truncatingIfNeeded: wide), true) }
    }
  }

  @inline(__always)
  private func narrowFloating<Result: FixedWidthInteger & BitwiseCopyable>(
    _ count: Int, _ results: UnsafeMutableRawPointer, _ rule: ConversionRule, to: Result.Type
  ) -> Bool {
    // Both bounds are powers of two, or zero, and therefore exact. Every number from `lower` up to
    // but not including `end` has its whole part in range.
    let lower = Double(Result.min)
    let end = Double(sign: .plus, exponent: Result.bitWidth - (Result.isSigned ? 1 : 0), significand: 1)
    switch rule {
    case .checked:
      return unsafe forEach(real, count, results) { (wide: Double) in
        guard wide >= lower, wide < end else { return (0 as Result, false) }
        let result = Result(wide)
        return (result, Double(result) == wide)
      }
    case .saturating:
      return unsafe forEach(real, count, results) { (wide: Double) in
        if wide >= end { return (Result.max, true) }
        if wide >= lower { return (Result(wide), true) }
        return (wide.isNaN ? 0 : Result.min, true)
      }
    case .truncating:
      return unsafe forEach(real, count, results) { (wide: Double) in
        guard wide.magnitude < 0x1p63 else { return (Result(truncatingIfNeeded: lowBits(wide)), true) }
        return (Result(truncatingIfNeeded: Int64(wide)), true)
      }
    }
  }

  @inline(__always)
  private func narrowToFloat<Result: BinaryFloatingPoint & BitwiseCopyable>(
    _ kind: Kind, _ count: Int, _ results: UnsafeMutableRawPointer, _ rule: ConversionRule,
    _ type: Result.Type, step: Int = MemoryLayout<Result>.size
  ) -> Bool {
    switch kind {
    case .signed:
      unsafe round(count, results, rule, step) { (wide: Int64) in (Result(wide), true, wide < 0) }
    case .unsigned:
      unsafe round(count, results, rule, step) { (wide: UInt64) in (Result(wide), true, false) }
    case .floating:
      unsafe round(count, results, rule, step) { (wide: Double) in (Result(wide), wide.isFinite, wide < 0) }
    }
  }

  @inline(__always)
  private func round<Wide: BitwiseCopyable, Result: BinaryFloatingPoint & BitwiseCopyable>(
    _ count: Int, _ results: UnsafeMutableRawPointer, _ rule: ConversionRule, _ step: Int,
    _ nearest: (Wide) -> (Result, isFinite: Bool, isNegative: Bool)
  ) -> Bool {
    switch rule {
    case .checked:
      unsafe forEach(real, count, results, step: step) { (wide: Wide) in
        let (result, isFinite, _) = nearest(wide)
        return (result, result.isFinite || !isFinite)
      }
    case .saturating:
      unsafe forEach(real, count, results, step: step) { (wide: Wide) in
        let (result, isFinite, isNegative) = nearest(wide)
        if result.isFinite || !isFinite { return (result, true) }
        return (isNegative ? -Result.greatestFiniteMagnitude : .greatestFiniteMagnitude, true)
      }
    case .truncating:
      unsafe forEach(real, count, results, step: step) { (wide: Wide) in (nearest(wide).0, true) }
    }
  }

  private func narrowToBool(
    _ kind: Kind, _ count: Int, _ results: UnsafeMutableRawPointer, _ rule: ConversionRule
  ) -> Bool {
    switch kind {
    case .signed: unsafe narrowToBool(count, results, rule, from: Int64.self)
    case .unsigned: unsafe narrowToBool(count, results, rule, from: UInt64.self)
    case .floating: unsafe narrowToBool(count, results, rule, from: Double.self)
    }
  }

  @inline(__always)
  private func narrowToBool<Wide: Numeric & Comparable & BitwiseCopyable>(
    _ count: Int, _ results: UnsafeMutableRawPointer, _ rule: ConversionRule, from: Wide.Type
  ) -> Bool {
    switch rule {
    case .checked:
      unsafe forEach(real, count, results) { (wide: Wide) in
        (wide == 1 ? 1 : 0 as UInt8, wide == 0 || wide == 1)
      }
    case .saturating:
      unsafe forEach(real, count, results) { (wide: Wide) in (wide >= 1 ? 1 : 0 as UInt8, true) }
    case .truncating:
      unsafe forEach(real, count, results) { (wide: Wide) in (wide != 0 ? 1 : 0 as UInt8, true) }
    }
  }
}

/// Returns the low 64 bits of a number of magnitude 2^63 or more, in two's complement; 0 for NaN
/// and infinities.
private func lowBits(_ number: Double) -> Int64 {
  let shift = Int(number.exponentBitPattern) - 1075
  guard number.isFinite, shift < 64 else { return 0 }
  let bits = Int64(bitPattern: (number.significandBitPattern | 1 << 52) << UInt64(shift))
  return number < 0 ? 0 &- bits : bits
}
