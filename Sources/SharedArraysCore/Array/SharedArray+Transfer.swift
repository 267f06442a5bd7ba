internal import SharedArraysMemory
internal import SharedArraysSystem
public import SharedArraysTransfer

/// An array is sent to another process as a handle: the receiver maps the same memory, and nothing
/// is copied. Views are received as views.
///
/// The sender keeps its array until the receiver has it. An array of a mapped file cannot be sent:
/// map the file in the receiver.
extension SharedArray: Transferable {
  /// Appends the handle of the memory, the offset, the shape and the strides.
  ///
  /// - Throws: `refused` for mapped files, `system` if a descriptor cannot be duplicated.
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try storage.encode(into: &writer)
  }

  /// Maps the memory of an array of this element type.
  ///
  /// - Throws: `invalidValue` if its name no longer exists, or the message does not describe an
  ///   array of this type.
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> SharedArray {
    SharedArray(storage: try ArrayStorage.decode(from: &reader, access: .readWrite))
  }
}

/// Like ``SharedArray``, but the receiver maps named arrays for reading only. The memory of unnamed
/// arrays is writable there, though the type does not write it.
extension ReadOnlySharedArray: Transferable {
  /// Appends the handle of the memory, the offset, the shape and the strides.
  ///
  /// - Throws: `refused` for mapped files, `system` if a descriptor cannot be duplicated.
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try storage.encode(into: &writer)
  }

  /// Maps the memory of an array of this element type.
  ///
  /// - Throws: `invalidValue` if its name no longer exists, or the message does not describe an
  ///   array of this type.
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> ReadOnlySharedArray {
    ReadOnlySharedArray(storage: try ArrayStorage.decode(from: &reader, access: .readOnly))
  }
}

extension ArrayStorage {
  fileprivate func encode(into writer: inout TransferWriter) throws(TransferError) {
    guard let owner else { throw TransferError(.refused, "a detached array cannot be transferred") }
    try writer.encode(Element.elementType.name)
    try owner.encode(into: &writer)
    try writer.encode(unsafe UnsafeRawPointer(base) - UnsafeRawPointer(owner.data))
    try writer.encode(Array(shape))
    try writer.encode(Array(strides))
  }

  fileprivate static func decode(
    from reader: inout TransferReader, access: MappingAccess
  ) throws(TransferError) -> ArrayStorage {
    let name = try reader.decode(String.self)
    guard name == Element.elementType.name else {
      throw TransferError(invalidValue: "an array of \(name), not of \(Element.elementType.name)")
    }
    let owner = try MemoryOwner.decode(from: &reader, access: access)
    let offset = try reader.decode(Int.self)
    let shape = try reader.decode([Int].self)
    let strides = try reader.decode([Int].self)
    guard isWithin(owner.byteCount, offset, shape, strides) else {
      throw TransferError(
        invalidValue:
          "shape \(shape) and strides \(strides) at byte \(offset) of \(owner.byteCount) bytes")
    }
    // SAFETY: every index within the shape leads to an element within the owner's data, as checked
    // above.
    return unsafe ArrayStorage(
      owner: owner, base: (owner.data + offset).assumingMemoryBound(to: Element.self), shape: Shape(shape),
      strides: Strides(strides))
  }

  /// Returns whether every index of a shape leads to an aligned element within `byteCount` bytes.
  private static func isWithin(_ byteCount: Int, _ offset: Int, _ shape: [Int], _ strides: [Int]) -> Bool {
    guard shape.count == strides.count, shape.count <= AxisValues.largestRank, offset >= 0,
      offset <= byteCount,
      offset % MemoryLayout<Element>.alignment == 0, shape.allSatisfy({ $0 >= 0 }),
      Shape(shape).checkedByteCount(elementByteCount: MemoryLayout<Element>.stride) != nil
    else { return false }
    if shape.contains(0) { return true }
    let width = MemoryLayout<Element>.stride
    var (low, high) = (offset, offset)
    for (extent, stride) in zip(shape, strides) {
      let (steps, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (bytes, second) = steps.multipliedReportingOverflow(by: width)
      let (end, third) = (bytes < 0 ? low : high).addingReportingOverflow(bytes)
      if overflow || second || third { return false }
      if bytes < 0 { low = end } else { high = end }
    }
    return low >= 0 && high <= byteCount - width
  }
}
