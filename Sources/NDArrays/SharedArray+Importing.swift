package import SharedMemory
internal import SystemLayer

/// The element type of the `.npy` file `path`.
package func elementTypeOfFile(_ path: String) throws(NPYError) -> ElementType {
  try NPYFile(opening: path, .readOnly).header.elementType
}

/// Why a file could not become a named array.
package enum ImportError: Error, CustomStringConvertible {
  case file(NPYError)
  case memory(SharedMemoryError)

  package var description: String {
    switch self {
    case .file(let error): error.description
    case .memory(let error): error.description
    }
  }
}

extension SharedArray {
  /// Creates the array `name` with the elements of a `.npy` file of this type, of either byte order and in
  /// either order of axes. The name appears when all elements are there; a process killed meanwhile leaves
  /// nothing.
  ///
  /// - Throws: `file` as ``load(_:)``; `memory` as ``create(_:shape:lifetime:)``.
  /// - Complexity: O(elements); beside the array itself it takes the memory of at most 16,384 elements.
  package static func importing(
    _ path: String, as name: String, lifetime: SegmentLifetime
  ) throws(ImportError) -> SharedArray {
    let outcome: Result<SharedArray, SharedMemoryError>
    do throws(NPYError) {
      let file = try NPYFile(opening: path, .readOnly)
      // Its byte order does not matter here.
      if file.header.elementType != Element.elementType { try file.requireType(Element.elementType) }
      outcome = try create(name, from: file, lifetime)
    } catch {
      throw .file(error)
    }
    do throws(SharedMemoryError) { return try outcome.get() } catch { throw .memory(error) }
  }

  private static func create(
    _ name: String, from file: borrowing NPYFile, _ lifetime: SegmentLifetime
  ) throws(NPYError) -> Result<SharedArray, SharedMemoryError> {
    var fileError: NPYError?
    do throws(SharedMemoryError) {
      let storage = try ArrayStorage<Element>.create(
        .named(name), shape: Shape(file.header.shape), lifetime: lifetime
      ) { (data) throws(SharedMemoryError) in
        do throws(NPYError) {
          try unsafe data.withUnsafeMutableBytes { bytes throws(NPYError) in try unsafe read(file, to: bytes)
          }
        } catch {
          fileError = error
          throw SharedMemoryError(.truncated, name: name)
        }
      }
      return .success(SharedArray(storage: storage))
    } catch {
      if let fileError { throw fileError }
      return .failure(error)
    }
  }

  /// Reads all elements to memory that has room for them, in row-major order.
  private static func read(
    _ file: borrowing NPYFile, to data: UnsafeMutableRawBufferPointer
  ) throws(NPYError) {
    let count = file.header.elementCount
    let width = Element.elementType.byteCount
    guard file.header.isFortranOrder, file.header.shape.count > 1 else {
      try unsafe file.read(into: data, at: 0)
      if file.header.isBigEndian { unsafe swapBytes(of: data) }
      return
    }
    var place = ColumnMajorPlaces(shape: Shape(file.header.shape))
    var piece = [UInt8](repeating: 0, count: Swift.min(count, 1 << 14) * width)
    var done = 0
    while done < count {
      let length = Swift.min(piece.count / width, count - done)
      var span = piece.mutableSpan
      var room = unsafe span.mutableBytes
      try unsafe room.withUnsafeMutableBytes { bytes throws(NPYError) in
        let wanted = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[..<(length * width)])
        try unsafe file.read(into: wanted, at: done * width)
        if file.header.isBigEndian { unsafe swapBytes(of: wanted) }
        for i in 0..<length {
          // SAFETY: the place lies within the shape, and `length` elements are in the piece.
          let target = unsafe data.baseAddress! + place.next() * width
          unsafe target.copyMemory(from: wanted.baseAddress! + i * width, byteCount: width)
        }
      }
      done += length
    }
  }

  /// Turns the bytes of every number round; those of a complex one in each part.
  private static func swapBytes(of bytes: UnsafeMutableRawBufferPointer) {
    let type = Element.elementType
    let width = type == .complex64 || type == .complex128 ? type.byteCount / 2 : type.byteCount
    for start in stride(from: 0, to: bytes.count, by: width) {
      var (low, high) = (start, start + width - 1)
      while low < high {
        unsafe bytes.swapAt(low, high)
        low += 1
        high -= 1
      }
    }
  }
}

/// The places of an array's elements in row-major order, told in the order in which the first axis runs
/// fastest.
private struct ColumnMajorPlaces {
  private let shape: Shape
  private let strides: Strides
  private var indices: AxisValues
  private var place = 0

  init(shape: Shape) {
    self.shape = shape
    strides = shape.rowMajorStrides
    indices = AxisValues(repeating: 0, count: shape.count)
  }

  mutating func next() -> Int {
    let current = place
    for axis in 0..<shape.count {
      indices[axis] += 1
      place += strides[axis]
      if indices[axis] < shape[axis] { break }
      place -= indices[axis] * strides[axis]
      indices[axis] = 0
    }
    return current
  }
}
