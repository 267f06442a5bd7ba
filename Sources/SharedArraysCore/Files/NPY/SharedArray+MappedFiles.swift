public import SharedArraysMemory
internal import SharedArraysSystem

/// Asks for memory that can be written, and says where the changes go.
public struct WritableAccess: Sendable {
  let access: MappingAccess

  /// Changes go to the file, and are seen by all who map it.
  public static let readWrite = WritableAccess(access: .readWrite)
  /// Changes stay in this process and the file as it is. Only the pages that are written are copied, and no
  /// memory is set aside for them: when it runs out, the kernel ends a process. Where the machine is set to
  /// reserve memory strictly (`vm.overcommit_memory=2`), a file larger than memory is refused, with code
  /// `memory`.
  public static let copyOnWrite = WritableAccess(access: .copyOnWrite)
}

extension SharedArray {
  /// Maps a `.npy` file: its elements are read from disk when they are first used, so it may be larger than
  /// memory.
  ///
  /// A Fortran-ordered file gives a transposed view. If another process makes the file shorter, an access
  /// beyond its new end is SIGBUS.
  ///
  /// - Throws: ``NPYError`` as ``load(_:)``; `unsupported` for big-endian or misaligned elements.
  public static func map(file path: String, access: WritableAccess) throws(NPYError) -> SharedArray {
    SharedArray(storage: try ArrayStorage.map(file: path, access: access.access))
  }

  /// Maps a `.npy` file for reading: the result has no way to write.
  public static func map(file path: String, access: ReadOnlyAccess) throws(NPYError) -> ReadOnlySharedArray<
    Element
  > {
    ReadOnlySharedArray(storage: try ArrayStorage.map(file: path, access: .readOnly))
  }

  /// Writes the changes of a mapped file to the disk; for other arrays it does nothing.
  ///
  /// - Throws: ``SharedMemoryError`` with code `system`, say for a full disk.
  public func flush() throws(SharedMemoryError) {
    try storage.owner?.flush()
  }
}

extension ArrayStorage {
  static func map(file path: String, access: MappingAccess) throws(NPYError) -> ArrayStorage {
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
