internal import SharedArraysCore
internal import SharedArraysMemory
internal import SharedArraysSystem

/// The shared memory in which a team and its members exchange operations: the current operation,
/// its argument, the locations of its arrays, and results.
///
/// Layout: a header, the argument, the name of the operation, the arrays, and the results from the
/// second page on. The kernel allocates the pages of the results at the first write.
///
/// Crash safety: the caller alone writes everything except the results, and only between runs. A
/// result is written by the worker that has its block. The caller reads results only after a run
/// that every worker has finished.
@safe final class OperationBoard {
  private let mapping: MemoryMapping

  /// The maximum size of an argument or a result, in bytes.
  static let valueByteCount = 256
  /// The maximum number of arrays of an operation.
  static let mostArrays = 2
  /// The maximum number of blocks of a reduction.
  static let mostBlocks = 4096
  static let longestName = 1024

  static let argumentOffset = 64
  static let nameOffset = 512
  static let arraysOffset = nameOffset + longestName
  static let arrayByteCount = 1024
  static let resultsOffset = pageSize

  init() throws(SystemError) {
    mapping = try MemoryMapping(
      sharedWithChildren: Self.resultsOffset + Self.mostBlocks * Self.valueByteCount)
  }

  // SAFETY: This covers all accesses below. The offsets lie within the mapping, which this object
  // keeps, and are aligned. Any bytes, zeros included, are a valid value of the types that are
  // loaded.

  var header: OperationHeader {
    get { unsafe mapping.address.load(as: OperationHeader.self) }
    set { unsafe mapping.address.storeBytes(of: newValue, as: OperationHeader.self) }
  }

  var argument: UnsafeMutableRawPointer { unsafe mapping.address + Self.argumentOffset }

  /// The name by which workers look up the operation.
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

  /// Sets the location of an array. An unchanged location is not written again, so the cache line
  /// stays valid in the workers' caches.
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

/// The numbers that identify and describe an operation.
struct OperationHeader: BitwiseCopyable {
  /// The number of the operation, which is unique for the lifetime of the team.
  var operation: UInt32
  var nameByteCount: UInt32
  /// A counter that changes whenever the location of an array changes.
  var version: UInt32
  /// The number of blocks of a reduction, and the number of indices of a block.
  var blockCount: Int
  var blockSize: Int
}

/// The location of an array of an operation.
struct ArrayReference: BitwiseCopyable {
  var memory: MemoryReference
  /// The offset of the first element from the start of the memory, in bytes.
  var offset: Int
  var shape: Shape
  var strides: Strides
}
