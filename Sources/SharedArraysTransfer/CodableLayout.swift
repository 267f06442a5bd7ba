/// The binary layout of a `Codable` value: a tag, the length of a payload, and the payload; or a
/// tag alone.
///
/// A value can therefore be skipped without knowing its type, and a value of an unexpected type
/// causes an error rather than a wrong value. Integers take the fewest bytes that hold their value;
/// those up to 127 are stored in the tag. Entries include their keys, so types may omit entries and
/// read them in any order.
enum CodableTag {
  static let null: UInt8 = 0, no: UInt8 = 1, yes: UInt8 = 2
  /// The first tag with a payload. The tags from here up to `smallInteger` have one.
  static let text: UInt8 = 8
  static let signed: UInt8 = 9, unsigned: UInt8 = 10, floating: UInt8 = 11
  /// Alternating keys and values. A key is a text without its tag.
  static let keyed: UInt8 = 12
  static let unkeyed: UInt8 = 13
  /// An array of numbers: the tag and the length that each number would have, then the payloads.
  static let numbers: UInt8 = 14
  /// The value of an optional whose wrapped type is itself an optional.
  static let some: UInt8 = 15
  /// A value that its type encoded by its own ``Transferable/encode(into:)``.
  static let transferred: UInt8 = 16
  /// The integer 0. The tags above it are the integers from 1.
  static let smallInteger: UInt8 = 128

  /// Returns the tag of numbers that are encoded as their bytes, or nil for other types.
  static func ofNumbers<Number>(_ type: Number.Type) -> UInt8? {
    guard type is any BitwiseTransferable.Type else { return nil }
    if let type = type as? any FixedWidthInteger.Type { return type.isSigned ? signed : unsigned }
    return type is any BinaryFloatingPoint.Type ? floating : nil
  }
}

/// The tag of a value and the position of its payload.
struct CodableItem {
  static let null = CodableItem(tag: CodableTag.null, start: 0, end: 0)
  let tag: UInt8
  let start, end: Int

  var count: Int { end - start }
  var truth: Bool? { tag == CodableTag.yes ? true : tag == CodableTag.no ? false : nil }
}

/// The key of a value that has no key of its own.
struct PlaceKey: CodingKey {
  static let ofSuperclass = PlaceKey(intValue: -1)
  private let index: Int

  init(intValue: Int) { index = intValue }
  init?(stringValue: String) { nil }
  var stringValue: String { index < 0 ? "super" : "Index \(index)" }
  var intValue: Int? { index < 0 ? nil : index }
}

/// A protocol to which only optionals conform.
protocol AnyOptional {}
extension Optional: AnyOptional {}

/// A protocol to which only arrays conform. Arrays of numbers are encoded and decoded in one piece.
protocol AnyArray {
  func appendNumbers(to sink: TransferSink) throws(TransferError) -> Bool
  init?(numbers item: CodableItem, of source: TransferSource) throws(TransferError)
}

extension Array: AnyArray {
  func appendNumbers(to sink: TransferSink) throws(TransferError) -> Bool {
    guard let tag = CodableTag.ofNumbers(Element.self) else { return false }
    let stride = MemoryLayout<Element>.stride
    try sink.append(CodableTag.numbers)
    try sink.append(count: 2 + count * stride)
    try sink.append((tag, UInt8(stride)))
    try sink.appendElements(span)
    return true
  }

  /// Decodes an array of numbers. The result is nil if the numbers are of another type.
  init?(numbers item: CodableItem, of source: TransferSource) throws(TransferError) {
    let (tag, stride) = try source.numbers(item)
    guard tag == CodableTag.ofNumbers(Element.self), stride == MemoryLayout<Element>.stride else {
      return nil
    }
    let (count, rest) = (item.count - 2).quotientAndRemainder(dividingBy: stride)
    guard rest == 0 else { throw TransferError(.invalidValue, "\(rest) bytes after the last number") }
    try source.charge(count, stride: stride)
    let bytes = unsafe try source.bytes(at: item.start + 2, count * stride)
    unsafe self.init(unsafeUninitializedCapacity: count) { place, initialized in
      // SAFETY: `bytes(at:_:)` has checked that `count * stride` bytes exist, and every bit pattern
      // is a number.
      unsafe UnsafeMutableRawBufferPointer(place).copyMemory(
        from: UnsafeRawBufferPointer(start: bytes, count: count * stride))
      initialized = count
    }
  }
}

/// Returns `value` as a `Target`, or nil if that is not its type. The optimizer resolves this where
/// it knows the type.
@inline(__always)
func identity<Value, Target>(_ value: Value, as type: Target.Type) -> Target? {
  // SAFETY: both types are the same.
  Value.self == type ? unsafe unsafeBitCast(value, to: type) : nil
}

/// Whether a type might be a number. If not, the slower check at run time is unnecessary where the
/// optimizer does not know the type.
@inline(__always)
func isSmall<Value>(_ type: Value.Type) -> Bool { MemoryLayout<Value>.size <= 16 && _isPOD(type) }
