internal import SharedArraysSystem

/// An error of ``replaceFile(_:_:)``.
struct FileReplacingError: Error {
  /// Whether the new file is complete and has its name. If so, only its durability is uncertain.
  let isInPlace: Bool
  let cause: SystemError
}

/// Writes a new file and replaces `path` with it in one step, once the new file is on the disk.
///
/// The file has no name until it is complete, so it disappears if its writer dies. Just before the
/// end it has a hidden name beside `path` for an instant. On file systems without unnamed files, it
/// has the hidden name all the time. This function also removes the hidden files that killed
/// writers have left in the directory, whatever path they were for: see ``StagingFile``.
///
/// If an unnamed file turns out not to get a name, `write` is called once more, with another file.
func replaceFile(
  _ path: String, _ write: (borrowing OwnedDescriptor) throws(SystemError) -> Void
) throws(FileReplacingError) {
  let directory = try unlessInPlace { () throws(SystemError) in try putInPlace(path, write) }
  guard let directory else { return }
  // Makes the new name durable. Not all file systems can do that for directories.
  do throws(SystemError) {
    try directory.synchronize()
  } catch let error where mayBeIgnored(error) {
  } catch {
    throw FileReplacingError(isInPlace: true, cause: error)
  }
}

private func unlessInPlace<Result: ~Copyable>(
  _ body: () throws(SystemError) -> Result
) throws(FileReplacingError) -> Result {
  do throws(SystemError) { return try body() } catch {
    throw FileReplacingError(isInPlace: false, cause: error)
  }
}

/// Returns the directory, or nil if it cannot be read. Files can be created in it all the same.
private func putInPlace(
  _ path: String, _ write: (borrowing OwnedDescriptor) throws(SystemError) -> Void
) throws(SystemError) -> OwnedDescriptor? {
  let directory = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? "./"
  // Fails before anything is written if no descriptor is left or the directory does not exist.
  let opened = try open(directory)
  StagingFile.removeAbandoned(in: directory)
  if var part = try StagingFile.unnamed(in: directory) {
    try write(part.descriptor)
    // Does most of the writing while the file has no name that could be left behind.
    try part.descriptor.synchronize()
    if try part.takeName() {
      // Btrfs does not log unnamed files: after a power failure the new file could be empty.
      try part.descriptor.synchronize()
      try part.move(to: path)
      return opened
    }
  }
  var part = try StagingFile.named(in: directory)
  try write(part.descriptor)
  try part.descriptor.synchronize()
  try part.move(to: path)
  return opened
}

private func open(_ directory: String) throws(SystemError) -> OwnedDescriptor? {
  do throws(SystemError) {
    return try OwnedDescriptor.openFile(directory, .readOnly)
  } catch let error where mayBeIgnored(error) {
    return nil
  }
}

private func mayBeIgnored(_ error: SystemError) -> Bool {
  [ErrorCode.accessDenied, ErrorCode.invalid].contains(error.code)
}
