internal import SharedArraysMemory
internal import SharedArraysSystem

// Mapping files: see SharedArray+MappedFiles.swift.

extension SharedArray {
  /// Reads a `.npy` file of this element type, in either byte order, into a new unnamed array. A
  /// Fortran-ordered file gives a transposed view. In Boolean files every byte other than 0 is
  /// true.
  ///
  /// Archives of several arrays, `.npz`, are not supported. Save each array separately, in Python
  /// with `for name, x in numpy.load("all.npz").items(): numpy.save(name + ".npy", x)`.
  ///
  /// - Throws: ``NPYError`` with code `corrupt`, `truncated`, `mismatch` for another element
  ///   type, `unsupported`, `insufficientMemory`, or `system` with the cause, for example a missing
  ///   file.
  public static func load(npy path: String) throws(NPYError) -> SharedArray {
    let file = try NPYFile(opening: path, .readOnly)
    try file.requireType(Element.elementType)
    return try load(file)
  }

  /// Reads a `.npy` file of any element type and byte order into a new unnamed array of this
  /// element type. A Fortran-ordered file gives a transposed view.
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - rule: The treatment of values that `Element` cannot hold. By default they are an error.
  /// - Throws: The same errors as ``load(npy:)``, but `conversion` instead of `mismatch`, with the
  ///   first value in file order that the rule refuses.
  public static func load(
    converting path: String, _ rule: ConversionRule = .checked
  ) throws(NPYError) -> SharedArray {
    let file = try NPYFile(opening: path, .readOnly)
    if file.header.elementType == Element.elementType { return try load(file) }
    let array = try empty(for: file)
    try array.read(file, rule)
    return file.header.isFortranOrder ? array.transposed() : array
  }

  private static func empty(for file: borrowing NPYFile) throws(NPYError) -> SharedArray {
    let shape = file.memoryShape
    return try memory(for: file.path) { () throws(SharedMemoryError) in
      try SharedArray(uninitialized: shape)
    }
  }

  private static func load(_ file: borrowing NPYFile) throws(NPYError) -> SharedArray {
    let array = try empty(for: file)
    let bytes = unsafe UnsafeMutableRawBufferPointer(start: array.storage.base, count: array.byteCount)
    // SAFETY: A new array is contiguous and has the size that the header announces.
    try unsafe file.readElements(into: bytes)
    return file.header.isFortranOrder ? array.transposed() : array
  }

  /// Reads and converts all elements, one piece after the other.
  private func read(_ file: borrowing NPYFile, _ rule: ConversionRule) throws(NPYError) {
    let header = file.header
    let conversion = ElementConversion(
      source: header.elementType, target: Element.elementType, rule: rule, swapsBytes: header.isBigEndian)
    let size = header.elementType.byteCount
    let pieceCount = Swift.min(count, (1 << 18) / size)
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceCount * size, alignment: 16)
    defer { unsafe piece.deallocate() }
    let place = UnsafeMutableRawPointer(unsafe storage.base)
    var done = 0
    while done < count {
      let length = Swift.min(pieceCount, count - done)
      try unsafe file.read(
        into: UnsafeMutableRawBufferPointer(rebasing: piece[..<(length * size)]), at: done * size)
      guard let start = piece.baseAddress else { return }
      // SAFETY: A new array is contiguous, done + length <= count, and the piece has `length`
      // elements.
      let refused = unsafe conversion.convert(
        start, count: length, into: place + done * MemoryLayout<Element>.stride)
      if let refused {
        let index = shape.index(at: done + refused)
        let error = unsafe ConversionError(
          start + refused * size, conversion, index: header.isFortranOrder ? index.reversed() : index)
        throw NPYError(.conversion, path: file.path, detail: error.description)
      }
      done += length
    }
  }
}

extension StridedArray {
  /// Writes a `.npy` file that NumPy and ``SharedArray/load(npy:)`` can read, in row-major order.
  ///
  /// The file gets its name in one step, when the file is complete and on the disk. An earlier file
  /// of that name stays until then. This makes the function suitable for checkpoints: if the writer
  /// is killed or the power fails, the file is complete, either as it was before or as it is after
  /// the save.
  ///
  /// Until then the bytes are in an unnamed staging file, which disappears if its writer dies. For
  /// an instant before the end, the staging file has a name `.sharedarray-part-…` in the same
  /// directory. On file systems without unnamed files it has that name all the time. The next save
  /// to the directory removes the staging files that killed writers have left there, and nothing
  /// else. Several processes may save to one path at once; the last one to finish wins.
  ///
  /// - Throws: ``NPYError`` with code `system` if the file could not be replaced; nothing has
  ///   changed then. With code `unsynchronized` if the directory could not be written to the disk:
  ///   the new file has its name, but a power failure could bring back the earlier file.
  /// - Complexity: O(bytes), and one look at every name in the directory.
  public func save(_ path: String) throws(NPYError) {
    try requirePath(path)
    do throws(FileReplacingError) {
      try replaceFile(path) { (file) throws(SystemError) in try write(to: file) }
    } catch {
      throw NPYError(error, path: path)
    }
  }

  private func write(to file: borrowing OwnedDescriptor) throws(SystemError) {
    let header = NPYHeader.encode(
      elementType: Element.elementType, shape: Array(shape), fortranOrder: false, paddedTo: 64)
    try unsafe header.span.bytes.withUnsafeBytes { bytes throws(SystemError) in
      try unsafe file.write(bytes, at: 0)
    }
    var offset = header.count
    try unsafe storage.forEachPiece { (bytes) throws(SystemError) in
      try unsafe file.write(bytes, at: offset)
      offset += bytes.count
    }
  }
}
