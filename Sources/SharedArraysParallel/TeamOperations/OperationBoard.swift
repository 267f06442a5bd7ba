internal import SharedArraysCore
internal import SharedArraysMemory
internal import SharedArraysSystem

/// What a team and its members share about operations: which one, its argument, where the arrays are, and results.
///
/// Layout: a header, the argument, the name of the operation, the arrays, and the results from the second page on, whose pages the
/// kernel gives when they are first written.
///
/// Surviving death: all but the results is written by the caller alone, between runs. A result is written by the worker that has
/// its block, and the caller reads results after a run that every worker has finished.
@safe final class OperationBoard {
  private let mapping: MemoryMapping

  /// The most bytes of an argument or a result.
  static let valueByteCount = 256
  /// The most arrays of an operation.
  static let mostArrays = 2
  /// The most blocks that a reduction has.
  static let mostBlocks = 4096
  static let longestName = 1024

  private static let argumentOffset = 64
  private static let nameOffset = 512
  private static let arraysOffset = nameOffset + longestName
  private static let arrayByteCount = 1024
  private static let resultsOffset = pageSize

  init() throws(SystemError) {
    mapping = try MemoryMapping(
      sharedWithChildren: Self.resultsOffset + Self.mostBlocks * Self.valueByteCount)
  }

  // SAFETY, of all below: the offsets lie within the mapping, which this keeps, and are aligned; any bytes are a value of the types
  // that are loaded, and zero is one.

  var header: OperationHeader {
    get { unsafe mapping.address.load(as: OperationHeader.self) }
    set { unsafe mapping.address.storeBytes(of: newValue, as: OperationHeader.self) }
  }

  var argument: UnsafeMutableRawPointer { unsafe mapping.address + Self.argumentOffset }

  /// The name by which workers find the operation.
  var name: String {
    get {
      let bytes = unsafe UnsafeRawBufferPointer(
        start: mapping.address + Self.nameOffset, count: min(Int(header.nameByteCount), Self.longestName))
      return unsafe String(decoding: bytes, as: UTF8.self)
    }
    set {
      let bytes = newValue.utf8
      for (index, byte) in bytes.enumerated() {
        unsafe mapping.address.storeBytes(of: byte, toByteOffset: Self.nameOffset + index, as: UInt8.self)
      }
      header.nameByteCount = UInt32(bytes.count)
    }
  }

  private func array(_ number: Int) -> UnsafeMutableRawPointer {
    unsafe mapping.address + Self.arraysOffset + number * Self.arrayByteCount
  }

  func reference(_ number: Int) -> ArrayReference {
    unsafe array(number).load(as: ArrayReference.self)
  }

  /// Where an array is, from now on. What is so already is not written, so that workers keep their copies of the lines.
  func setReference(_ number: Int, _ reference: ArrayReference) {
    let place = unsafe UnsafeRawPointer(array(number))
    let isSame = unsafe withUnsafeBytes(of: reference) { bytes in
      stride(from: 0, to: MemoryLayout<ArrayReference>.size, by: 8).allSatisfy { offset in
        unsafe bytes.load(fromByteOffset: offset, as: UInt64.self)
          == place.load(fromByteOffset: offset, as: UInt64.self)
      }
    }
    if isSame { return }
    unsafe array(number).storeBytes(of: reference, as: ArrayReference.self)
    header.version &+= 1
  }

  func result(_ block: Int, stride: Int) -> UnsafeMutableRawPointer {
    unsafe mapping.address + Self.resultsOffset + block * stride
  }
}

/// The numbers that say what an operation is.
struct OperationHeader: BitwiseCopyable {
  /// The number of the operation; each has one of its own as long as the team is.
  var operation: UInt32
  var nameByteCount: UInt32
  /// Changes whenever an array does.
  var version: UInt32
  /// Blocks of a reduction, and indices of a block.
  var blockCount: Int
  var blockSize: Int
}

/// Where an array of an operation is.
struct ArrayReference: BitwiseCopyable {
  var memory: MemoryReference
  /// Bytes from where the memory begins to the first element.
  var offset: Int
  var shape: Shape
  var strides: Strides
}
