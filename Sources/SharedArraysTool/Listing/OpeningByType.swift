import SharedArrays

extension SharedMemoryObject {
  /// Returns the element type of an array that can be opened.
  ///
  /// - Throws: ``SharedMemoryError`` if it is neither an array of this package nor a plain `.npy`
  ///   file.
  func requireElementType() throws -> ElementType {
    if let elementType { return elementType }
    // This throws a more specific reason if one exists, for example that the object cannot be read.
    _ = try SharedArrayInfo.of(name)
    throw SharedMemoryError(.notASegment, name: name)
  }

  /// Opens the array for reading. An array of another user is copied, because it could shrink while
  /// it is mapped.
  func open<Element>(_ type: Element.Type) throws -> ReadOnlySharedArray<Element> {
    let isOwn = status.owner == currentUser()
    if array != nil {
      return isOwn
        ? try SharedArray<Element>.attach(name, access: .readOnly)
        : ReadOnlySharedArray(try SharedArray<Element>.loadCopy(of: name))
    }
    return isOwn
      ? try SharedArray<Element>.mapped(file: "/dev/shm/" + name, access: .readOnly)
      : ReadOnlySharedArray(try SharedArray<Element>.load(npy: "/dev/shm/" + name))
  }
}
