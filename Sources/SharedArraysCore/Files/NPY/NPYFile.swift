internal import SharedArraysMemory
internal import SharedArraysSystem

/// An open `.npy` file whose header has been read and checked against its size.
struct NPYFile: ~Copyable {
  let path: String
  let descriptor: OwnedDescriptor
  let header: NPYHeader

  init(opening path: String, _ access: MappingAccess) throws(NPYError) {
    try requirePath(path)
    let descriptor = try system(path) { () throws(SystemError) in try OwnedDescriptor.openFile(path, access) }
    let status = try system(path) { () throws(SystemError) in try descriptor.status() }
    guard status.isRegularFile else {
      throw NPYError(.corrupt, path: path, detail: "it is not a regular file")
    }
    let header = try Self.readHeader(descriptor, path)
    guard header.shape.count <= AxisValues.largestRank else {
      throw NPYError(.unsupported, path: path, detail: "it has \(header.shape.count) axes")
    }
    guard header.endOffset <= status.byteCount else {
      let detail = "it has \(status.byteCount) bytes, but its header requires \(header.endOffset)"
      throw NPYError(.truncated, path: path, detail: detail)
    }
    self.path = path
    self.header = header
    self.descriptor = descriptor
  }

  /// Reads the header. Headers of more than 64 KiB do not occur for the element types that arrays
  /// can have.
  private static func readHeader(_ descriptor: borrowing OwnedDescriptor, _ path: String) throws(NPYError)
    -> NPYHeader
  {
    // SAFETY: `read` stores at most 64 KiB into the buffer and returns the number of bytes it
    // stored.
    let bytes = try system(path) { () throws(SystemError) in
      try unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count throws(SystemError) in
        count = try unsafe descriptor.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
      }
    }
    // SAFETY: `bytes` is a local copy that outlives the call and does not change.
    do throws(NPYHeaderError) { return try unsafe NPYHeader.parse(bytes.span.bytes) } catch {
      throw NPYError(.corrupt, path: path, detail: error.description)
    }
  }

  func requireType(_ type: ElementType) throws(NPYError) {
    guard header.elementType == type else {
      let detail = "it holds \(header.elementType.name), not \(type.name)"
      throw NPYError(.mismatch, path: path, detail: detail)
    }
  }

  /// The shape in memory. For a Fortran-ordered file it is the shape of the transpose.
  var memoryShape: Shape { Shape(header.isFortranOrder ? header.shape.reversed() : header.shape) }

  /// Reads bytes of the data, which starts at offset 0.
  func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(NPYError) {
    // SAFETY: `read` stores at most `bytes.count` bytes into the caller's buffer.
    let read = try system(path) { () throws(SystemError) in
      try unsafe descriptor.read(into: bytes, at: header.dataOffset + offset)
    }
    guard read == bytes.count else {
      throw NPYError(.truncated, path: path, detail: "it became shorter while it was read")
    }
  }
}

/// Throws if the system would use only a part of `path` because it contains a NUL character.
func requirePath(_ path: String) throws(NPYError) {
  guard !path.utf8.contains(0) else {
    throw NPYError(.system, path: path, detail: "a path cannot contain a NUL character")
  }
}

/// Runs system calls on the file `path` and turns their failures into ``NPYError``.
func system<Result: ~Copyable>(
  _ path: String, _ body: () throws(SystemError) -> Result
) throws(NPYError) -> Result {
  do throws(SystemError) { return try body() } catch {
    throw NPYError(.system, path: path, underlying: error)
  }
}

/// Allocates the array for the contents of the file `path` and turns a failure into ``NPYError``.
func memory<Result>(
  for path: String, _ body: () throws(SharedMemoryError) -> Result
) throws(NPYError) -> Result {
  do throws(SharedMemoryError) { return try body() } catch {
    throw NPYError(.insufficientMemory, path: path, detail: error.description, underlying: error.underlying)
  }
}
