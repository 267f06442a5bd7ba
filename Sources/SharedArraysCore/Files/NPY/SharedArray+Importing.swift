package import SharedArraysMemory
internal import SharedArraysSystem

/// Returns the element type of the `.npy` file `path`.
package func elementTypeOfFile(_ path: String) throws(NPYError) -> ElementType {
  try NPYFile(opening: path, .readOnly).header.elementType
}

/// An error in creating a named array from a file.
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
  /// Creates the array `name` with the elements of a `.npy` file of this type, in either byte order
  /// and either order of axes. The name appears when all elements are in place. A process that is
  /// killed before that leaves nothing behind.
  ///
  /// - Throws: `file` with the errors of ``load(npy:)``; `insufficientMemory` with the errors of
  ///   ``create(_:shape:lifetime:)``.
  /// - Complexity: O(elements). Besides the array itself, the function takes the memory of at most
  ///   16,384 elements.
  package static func importing(
    _ path: String, as name: String, lifetime: SegmentLifetime
  ) throws(ImportError) -> SharedArray {
    let outcome: Result<SharedArray, SharedMemoryError>
    do throws(NPYError) {
      let file = try NPYFile(opening: path, .readOnly)
      try file.requireType(Element.elementType)
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
          // SAFETY: `data` is the memory of the new array, which has room for all elements of the
          // file.
          try unsafe data.withUnsafeMutableBytes { bytes throws(NPYError) in
            try unsafe file.readAllInRowMajorOrder(into: bytes)
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
}
