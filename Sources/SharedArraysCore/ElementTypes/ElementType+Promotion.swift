extension ElementType {
  /// Returns the smallest type that holds the values of both types, like NumPy's `result_type`.
  ///
  /// - Bool and any type give that type.
  /// - Two signed, two unsigned, two floating-point or two complex types give the larger one.
  /// - A signed and an unsigned integer type give the smallest signed type that holds both. No such
  ///   type exists for `uint64` and a signed type; they give `float64`, which rounds numbers beyond
  ///   2^53.
  /// - An integer and a floating-point type give the larger of the latter and the smallest
  ///   floating-point type for that integer: `float16` for 8 bits, `float32` for 16, `float64` for
  ///   32 and 64.
  /// - A complex type and any other type give a complex type. The type of its parts is the
  ///   promotion of the other type with the part type, but at least `float32`.
  ///
  /// The order of the two does not matter.
  public func promoted(with other: ElementType) -> ElementType {
    if self == other || other == .bool { return self }
    if self == .bool { return other }
    let bits = max(floatingPointBitCount, other.floatingPointBitCount)
    if isComplex || other.isComplex { return bits == 64 ? .complex128 : .complex64 }
    if isFloatingPoint || other.isFloatingPoint { return Self.floatingPoint(bits) }
    if isSigned == other.isSigned { return byteCount >= other.byteCount ? self : other }
    let (signed, unsigned) = isSigned ? (self, other) : (other, self)
    return Self.signed(byteCount: max(signed.byteCount, 2 * unsigned.byteCount)) ?? .float64
  }

  /// Whether elements have a real and an imaginary part.
  public var isComplex: Bool { self == .complex64 || self == .complex128 }

  /// Whether elements are real IEEE 754 numbers.
  public var isFloatingPoint: Bool { self == .float16 || self == .float32 || self == .float64 }

  private var isSigned: Bool { self == .int8 || self == .int16 || self == .int32 || self == .int64 }

  /// The number of bits of the smallest floating-point type for numbers of this type, or for a part
  /// of them.
  private var floatingPointBitCount: Int {
    switch self {
    case .bool, .int8, .uint8, .float16: 16
    case .int16, .uint16, .float32, .complex64: 32
    case .int32, .uint32, .int64, .uint64, .float64, .complex128: 64
    }
  }

  private static func floatingPoint(_ bitCount: Int) -> ElementType {
    bitCount == 16 ? .float16 : bitCount == 32 ? .float32 : .float64
  }

  private static func signed(byteCount: Int) -> ElementType? {
    switch byteCount {
    case 2: .int16
    case 4: .int32
    case 8: .int64
    default: nil
    }
  }
}
