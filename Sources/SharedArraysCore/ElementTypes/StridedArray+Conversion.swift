internal import SharedArraysMemory

extension StridedArray {
  /// Returns a new unnamed, contiguous array of this shape with the elements converted to another
  /// type.
  ///
  /// - Parameters:
  ///   - type: The element type of the result.
  ///   - rule: The treatment of values that `Target` cannot hold; by default they are an error.
  /// - Throws: ``ConversionError``: under the rule `checked` with code `notFinite`, `fraction`,
  ///   `outOfRange` or `imaginaryPart` and the first element in row-major order that `Target`
  ///   cannot hold; under any rule with code `insufficientMemory`.
  /// - Complexity: O(n); the elements are read once.
  public func converted<Target: SharedArrayElement>(
    to type: Target.Type, _ rule: ConversionRule = .checked
  ) throws(ConversionError) -> SharedArray<Target> {
    let conversion = ElementConversion(source: Element.elementType, target: Target.elementType, rule: rule)
    let result: SharedArray<Target>
    do throws(SharedMemoryError) { result = try SharedArray(uninitialized: shape) } catch {
      throw ConversionError(error, source: conversion.source, target: conversion.target)
    }
    let place = UnsafeMutableRawPointer(unsafe result.storage.base)
    var done = 0
    try unsafe storage.forEachPiece { (bytes) throws(ConversionError) in
      guard let start = bytes.baseAddress else { return }
      let count = bytes.count / MemoryLayout<Element>.stride
      // SAFETY: the pieces together have exactly the number of elements of the result.
      let refused = unsafe conversion.convert(
        start, count: count, into: place + done * MemoryLayout<Target>.stride)
      if let refused {
        // SAFETY: `refused < count`.
        let element = unsafe start + refused * MemoryLayout<Element>.stride
        throw unsafe ConversionError(element, conversion, index: shape.index(at: done + refused))
      }
      done += count
    }
    return result
  }
}

extension AxisValues {
  /// Returns the indices of the element at a position of the row-major order of this shape.
  func index(at position: Int) -> [Int] {
    var rest = position
    var index = [Int](repeating: 0, count: count)
    for axis in (0..<count).reversed() {
      index[axis] = rest % self[axis]
      rest /= self[axis]
    }
    return index
  }
}

extension ConversionError {
  /// Creates the error for an element that the rule `checked` rejects.
  ///
  /// - Precondition: `element` is the address of an element of the conversion's source type, in its
  ///   byte order.
  @unsafe init(_ element: UnsafeRawPointer, _ conversion: ElementConversion, index: [Int]) {
    var parts = InlineArray<2, Double>(repeating: 0)
    let widening = ElementConversion(
      source: conversion.source, target: .complex128, rule: .truncating, swapsBytes: conversion.swapsBytes)
    _ = unsafe withUnsafeMutableBytes(of: &parts) { bytes in
      unsafe widening.convert(element, count: 1, into: bytes.baseAddress!)
    }
    let (target, number) = (conversion.target, parts[0])
    let code: Code =
      if parts[1] != 0, !target.isComplex {
        .imaginaryPart
      } else if target.isComplex || target.isFloatingPoint {
        .outOfRange
      } else if !number.isFinite {
        .notFinite
      } else if number.rounded(.towardZero) != number {
        .fraction
      } else {
        .outOfRange
      }
    self.init(
      code, index: index, value: unsafe conversion.text(of: element), source: conversion.source,
      target: target)
  }
}

extension ElementConversion {
  /// Returns an element of the source type as text.
  @unsafe fileprivate func text(of element: UnsafeRawPointer) -> String {
    func bits<Bits: FixedWidthInteger & BitwiseCopyable>(_ type: Bits.Type, at offset: Int = 0) -> Bits {
      let bits = unsafe element.loadUnaligned(fromByteOffset: offset, as: type)
      return swapsBytes ? bits.byteSwapped : bits
    }
    return switch source {
    case .bool: bits(UInt8.self) == 0 ? "false" : "true"
    case .int8: "\(bits(Int8.self))"
    case .int16: "\(bits(Int16.self))"
    case .int32: "\(bits(Int32.self))"
    case .int64: "\(bits(Int64.self))"
    case .uint8: "\(bits(UInt8.self))"
    case .uint16: "\(bits(UInt16.self))"
    case .uint32: "\(bits(UInt32.self))"
    case .uint64: "\(bits(UInt64.self))"
    case .float16: "\(Float16(bitPattern: bits(UInt16.self)))"
    case .float32: "\(Float(bitPattern: bits(UInt32.self)))"
    case .float64: "\(Double(bitPattern: bits(UInt64.self)))"
    case .complex64:
      "(\(Float(bitPattern: bits(UInt32.self))), \(Float(bitPattern: bits(UInt32.self, at: 4))))"
    case .complex128:
      "(\(Double(bitPattern: bits(UInt64.self))), \(Double(bitPattern: bits(UInt64.self, at: 8))))"
    }
  }
}
