/// How a `Codable` value is laid out: a tag, for some tags a length, and a payload of that length or of the tag's
/// size.
///
/// So a value can be skipped without knowing its type, and a value of another type than was asked for is an
/// error rather than another value. Integers take as few bytes as their value needs, and up to 127 are their own
/// tag. Entries carry their keys, so that types may leave some out, and read them in any order.
enum CodableTag {
  static let null: UInt8 = 0, no: UInt8 = 1, yes: UInt8 = 2
  // A count of bytes follows. `numbers` are the tag that each would have, then their payloads.
  static let text: UInt8 = 8, numbers: UInt8 = 9
  // Four bytes for the length follow. `keyed` are keys and values in turn; `some` is an optional in an optional.
  static let keyed: UInt8 = 10, unkeyed: UInt8 = 11, some: UInt8 = 12
  // The lowest three bits of these are the binary logarithm of the size.
  static let signed: UInt8 = 16, unsigned: UInt8 = 24, floating: UInt8 = 32
  /// This and the tags above it are the integers from 0.
  static let smallInteger: UInt8 = 128

  /// The tag of numbers whose bytes are their values; nil for other types.
  static func ofNumbers<Number>(_ type: Number.Type) -> UInt8? {
    guard type is any RawTransferable.Type else { return nil }
    let size = UInt8(MemoryLayout<Number>.size.trailingZeroBitCount)
    if let type = type as? any FixedWidthInteger.Type { return (type.isSigned ? signed : unsigned) | size }
    return type is any BinaryFloatingPoint.Type ? floating | size : nil
  }
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
  static var numberTag: UInt8? { get }
  func appendNumbers(to sink: TransferSink, _ tag: UInt8) throws(TransferError)
  init(numbers item: CodableItem, of source: TransferSource) throws(TransferError)
}

extension Array: AnyArray {
  static var numberTag: UInt8? { CodableTag.ofNumbers(Element.self) }

  func appendNumbers(to sink: TransferSink, _ tag: UInt8) throws(TransferError) {
    try sink.append(CodableTag.numbers)
    try sink.append(count: 1 + count * MemoryLayout<Element>.stride)
    try sink.append(tag)
    try sink.appendElements(span)
  }

  init(numbers item: CodableItem, of source: TransferSource) throws(TransferError) {
    let size = item.end - item.start - 1
    let (count, rest) = size.quotientAndRemainder(dividingBy: MemoryLayout<Element>.stride)
    guard rest == 0 else { throw TransferError(.invalidValue, "numbers of \(size) bytes") }
    try source.charge(count, stride: MemoryLayout<Element>.stride)
    let bytes = unsafe try UnsafeRawBufferPointer(start: source.bytes(at: item.start + 1, size), count: size)
    unsafe self.init(unsafeUninitializedCapacity: count) { place, initialized in
      // SAFETY: there are as many bytes, and every pattern of them is a number.
      unsafe UnsafeMutableRawBufferPointer(place).copyMemory(from: bytes)
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
