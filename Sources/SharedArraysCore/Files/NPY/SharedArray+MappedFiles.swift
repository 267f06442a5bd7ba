public import SharedArraysMemory
internal import SharedArraysSystem

extension SharedArray {
  /// Maps a `.npy` file. Its elements are read from disk on first use, so the file may be larger
  /// than memory.
  ///
  /// A Fortran-ordered file gives a transposed view. If another process makes the file shorter, an
  /// access beyond its new end raises SIGBUS.
  ///
  /// - Throws: ``NPYError`` with the codes of ``load(npy:)``, and `unsupported` for big-endian or
  ///   misaligned elements.
  public static func mapped(file path: String, access: WritableAccess) throws(NPYError) -> SharedArray {
    SharedArray(storage: try ArrayStorage.mapped(file: path, access: access.access))
  }

  /// Maps a `.npy` file for reading. The result has no operations that write.
  public static func mapped(file path: String, access: ReadOnlyAccess) throws(NPYError)
    -> ReadOnlySharedArray<
      Element
    >
  {
    ReadOnlySharedArray(storage: try ArrayStorage.mapped(file: path, access: .readOnly))
  }

  /// Writes the changes of a mapped file to the disk. Does nothing for other arrays.
  ///
  /// - Throws: ``SharedMemoryError`` with code `system`, for example if the disk is full.
  public func flush() throws(SharedMemoryError) {
    try storage.owner?.flush()
  }
}

extension ArrayStorage {
  static func mapped(file path: String, access: MappingAccess) throws(NPYError) -> ArrayStorage {
    let file = try NPYFile(opening: path, access)
    try file.requireType(Element.elementType)
    guard !file.header.isBigEndian else {
      let detail = "its elements are big-endian and cannot be used in place; load it instead of mapping it"
      throw NPYError(.unsupported, path: path, detail: detail)
    }
    guard file.header.dataOffset % MemoryLayout<Element>.alignment == 0 else {
      let detail = "its elements start at byte \(file.header.dataOffset) and are not aligned"
      throw NPYError(.unsupported, path: path, detail: detail)
    }
    let segment = try memory(for: path) { () throws(SharedMemoryError) in
      try Segment.map(
        file.descriptor, dataOffset: file.header.dataOffset, dataByteCount: file.header.byteCount,
        access: access)
    }
    let storage = ArrayStorage(owner: segment, shape: file.memoryShape)
    return file.header.isFortranOrder ? SharedArray(storage: storage).transposed().storage : storage
  }
}
