/// The type of the elements of an array, as in the `.npy` format and NumPy.
///
/// The list is closed: an array whose elements hold addresses, text, dates or several fields has no
/// `ElementType` and cannot be shared.
public enum ElementType: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// A Boolean in one byte, which is 0 or 1.
  case bool
  /// A signed integer of 8 bits.
  case int8
  /// A signed integer of 16 bits.
  case int16
  /// A signed integer of 32 bits.
  case int32
  /// A signed integer of 64 bits.
  case int64
  /// An unsigned integer of 8 bits.
  case uint8
  /// An unsigned integer of 16 bits.
  case uint16
  /// An unsigned integer of 32 bits.
  case uint32
  /// An unsigned integer of 64 bits.
  case uint64
  /// An IEEE 754 number of 16 bits.
  case float16
  /// An IEEE 754 number of 32 bits.
  case float32
  /// An IEEE 754 number of 64 bits.
  case float64
  /// A complex number of two `float32` parts, the real one first.
  case complex64
  /// A complex number of two `float64` parts, the real one first.
  case complex128

  /// NumPy's name of the type, such as `float64`.
  public var name: String { rawValue }

  /// The same text as ``name``.
  public var description: String { rawValue }

  /// The number of bytes one element occupies.
  public var byteCount: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16, .float16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64, .complex64: 8
    case .complex128: 16
    }
  }

  /// The descriptor NumPy writes for little-endian elements of this type, such as `<f8`, `|u1` or
  /// `<c16`.
  public var descriptor: String {
    switch self {
    case .bool: "|b1"
    case .int8: "|i1"
    case .int16: "<i2"
    case .int32: "<i4"
    case .int64: "<i8"
    case .uint8: "|u1"
    case .uint16: "<u2"
    case .uint32: "<u4"
    case .uint64: "<u8"
    case .float16: "<f2"
    case .float32: "<f4"
    case .float64: "<f8"
    case .complex64: "<c8"
    case .complex128: "<c16"
    }
  }

  /// Creates the type that a NumPy descriptor names, and sets `isBigEndian` to the byte order.
  ///
  /// A descriptor is an optional byte-order mark, a kind letter and a byte count. The marks are
  /// `<`, `>`, `|` (no order, for one-byte types only) and `=`. The last, like a missing mark,
  /// means the order of this machine: little-endian wherever this library runs. A one-byte type may
  /// have any mark, as in NumPy; the mark has no meaning there, and the order counts as
  /// little-endian.
  ///
  /// - Parameters:
  ///   - descriptor: The descriptor, such as `<f8`.
  ///   - isBigEndian: Set to whether the elements are stored with the most significant byte first;
  ///     unchanged if the initializer returns `nil`.
  /// - Returns: `nil` if the descriptor names none of these types.
  public init?(descriptor: String, isBigEndian: inout Bool) {
    self.init(descriptor: descriptor.utf8Span.span, isBigEndian: &isBigEndian)
  }

  /// Creates the type from the bytes of a descriptor, so that a parser need not build a `String`.
  package init?(descriptor: Span<UInt8>, isBigEndian: inout Bool) {
    guard descriptor.count >= 2 else { return nil }
    let mark: UInt8? = "<>|=".utf8.contains(descriptor[0]) ? descriptor[0] : nil
    let code = descriptor.extracting(droppingFirst: mark == nil ? 0 : 1)
    guard code.count >= 2, let byteCount = Self.byteCount(digits: code.extracting(droppingFirst: 1)) else {
      return nil
    }
    self.init(kind: code[0], byteCount: byteCount)
    if byteCount > 1, mark == UInt8(ascii: "|") { return nil }
    isBigEndian = byteCount > 1 && mark == UInt8(ascii: ">")
  }

  /// Parses the byte count that ends a descriptor; 16 is the only one of two digits.
  private static func byteCount(digits: Span<UInt8>) -> Int? {
    let (zero, nine) = (UInt8(ascii: "0"), UInt8(ascii: "9"))
    if digits.count == 1 { return zero...nine ~= digits[0] ? Int(digits[0] - zero) : nil }
    return digits.count == 2 && digits[0] == zero + 1 && digits[1] == zero + 6 ? 16 : nil
  }

  private init?(kind: UInt8, byteCount: Int) {
    switch (kind, byteCount) {
    case (UInt8(ascii: "b"), 1): self = .bool
    case (UInt8(ascii: "i"), 1): self = .int8
    case (UInt8(ascii: "i"), 2): self = .int16
    case (UInt8(ascii: "i"), 4): self = .int32
    case (UInt8(ascii: "i"), 8): self = .int64
    case (UInt8(ascii: "u"), 1): self = .uint8
    case (UInt8(ascii: "u"), 2): self = .uint16
    case (UInt8(ascii: "u"), 4): self = .uint32
    case (UInt8(ascii: "u"), 8): self = .uint64
    case (UInt8(ascii: "f"), 2): self = .float16
    case (UInt8(ascii: "f"), 4): self = .float32
    case (UInt8(ascii: "f"), 8): self = .float64
    case (UInt8(ascii: "c"), 8): self = .complex64
    case (UInt8(ascii: "c"), 16): self = .complex128
    default: return nil
    }
  }
}
