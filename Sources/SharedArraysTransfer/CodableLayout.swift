/// How a `Codable` value is laid out: a tag, the length of a payload, and the payload; or a tag alone.
///
/// So a value can be skipped without knowing its type, and a value of another type than was asked for is an
/// error rather than another value. Integers take as few bytes as their value needs, and up to 127 are their
/// own tag. Entries carry their keys, so that types may leave some out, and read them in any order.
enum CodableTag {
  static let null: UInt8 = 0, no: UInt8 = 1, yes: UInt8 = 2
  /// This tag and those up to `smallInteger` have a payload.
  static let text: UInt8 = 8
  static let signed: UInt8 = 9, unsigned: UInt8 = 10, floating: UInt8 = 11
  /// Keys, which are texts without their tag, and values in turn.
  static let keyed: UInt8 = 12
  static let unkeyed: UInt8 = 13
  /// Numbers: the tag and the length that each would have, then their payloads.
  static let numbers: UInt8 = 14
  /// What an optional holds that is itself an optional.
  static let some: UInt8 = 15
  /// What a type wrote by its own ``Transferable/encode(into:)``.
  static let transferred: UInt8 = 16
  /// This and the tags above it are the integers from 0.
  static let smallInteger: UInt8 = 128

  /// The tag of numbers whose bytes are their values; nil for other types.
  static func ofNumbers<Number>(_ type: Number.Type) -> UInt8? {
    guard type is any RawTransferable.Type else { return nil }
    if let type = type as? any FixedWidthInteger.Type { return type.isSigned ? signed : unsigned }
    return type is any BinaryFloatingPoint.Type ? floating : nil
  }
}

/// Where a value's payload is.
struct CodableItem {
  static let null = CodableItem(tag: CodableTag.null, start: 0, end: 0)
  let tag: UInt8
  let start, end: Int

  var count: Int { end - start }
  var truth: Bool? { tag == CodableTag.yes ? true : tag == CodableTag.no ? false : nil }
}

/// The key of a value that has none of its own.
struct PlaceKey: CodingKey {
  static let ofSuperclass = PlaceKey(intValue: -1)
  private let index: Int

  init(intValue: Int) { index = intValue }
  init?(stringValue: String) { nil }
  var stringValue: String { index < 0 ? "super" : "Index \(index)" }
  var intValue: Int? { index < 0 ? nil : index }
}

/// Tells that a type is an optional.
protocol AnyOptional {}
extension Optional: AnyOptional {}

/// Arrays, among which those of numbers are encoded and decoded as one piece.
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

  /// Nil if the numbers are of another type.
  init?(numbers item: CodableItem, of source: TransferSource) throws(TransferError) {
    let (tag, stride) = try source.numbers(item)
    guard tag == CodableTag.ofNumbers(Element.self), stride == MemoryLayout<Element>.stride else {
      return nil
    }
    let (count, rest) = (item.count - 2).quotientAndRemainder(dividingBy: stride)
    guard rest == 0 else { throw TransferError(.invalidValue, "\(rest) bytes behind numbers") }
    try source.charge(count, stride: stride)
    let bytes = unsafe try source.bytes(at: item.start + 2, count * stride)
    unsafe self.init(unsafeUninitializedCapacity: count) { place, initialized in
      // SAFETY: there are as many bytes, and every pattern of them is a number.
      unsafe UnsafeMutableRawBufferPointer(place).copyMemory(
        from: UnsafeRawBufferPointer(start: bytes, count: count * stride))
      initialized = count
    }
  }
}

/// `value` as a `Target`; nil if that is not its type. The optimiser decides it where it knows the type.
@inline(__always)
func identity<Value, Target>(_ value: Value, as type: Target.Type) -> Target? {
  // SAFETY: it is the same type.
  Value.self == type ? unsafe unsafeBitCast(value, to: type) : nil
}

/// Whether a type may be a number, so that it is worth the time to ask where the optimiser does not know it.
@inline(__always)
func isSmall<Value>(_ type: Value.Type) -> Bool { MemoryLayout<Value>.size <= 16 && _isPOD(type) }
