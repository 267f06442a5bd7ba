import SharedArrays

extension SharedMemoryObject {
  /// The element type of an array that can be opened.
  ///
  /// - Throws: ``SharedMemoryError`` if it is neither an array of this package nor a plain `.npy` file.
  func requireElementType() throws -> ElementType {
    if let elementType { return elementType }
    // The reason is worth knowing, say that it may not be read.
    _ = try SharedArrayInfo.of(name)
    throw SharedMemoryError(.notASegment, name: name)
  }

  /// The array, for reading. One of another user is copied: it could shrink under a mapping.
  func open<Element>(_ type: Element.Type) throws -> ReadOnlySharedArray<Element> {
    let isOwn = status.owner == currentUser()
    if array != nil {
      return isOwn
        ? try SharedArray<Element>.attach(name, access: .readOnly)
        : ReadOnlySharedArray(try SharedArray<Element>.copy(of: name))
    }
    return isOwn
      ? try SharedArray<Element>.map(file: "/dev/shm/" + name, access: .readOnly)
      : ReadOnlySharedArray(try SharedArray<Element>.load("/dev/shm/" + name))
  }
}
