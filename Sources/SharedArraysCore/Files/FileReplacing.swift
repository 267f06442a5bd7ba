internal import SharedArraysSystem

/// Why a file could not be replaced, or what is not certain though it was.
struct FileReplacingError: Error {
  /// Whether the new file is there, complete, under its name.
  let isInPlace: Bool
  let cause: SystemError
}

/// Writes a new file and puts it in the place of `path` in one step, once all of it is on the disk.
///
/// Until then the file has no name, and goes with its writer; only at the end, for an instant, it has a hidden one
/// beside `path`. Where there are no files without a name, it has the hidden one all the time. Hidden files that killed
/// writers have left in the directory, whatever path they were for, are removed here: see ``PartFile``.
///
/// If a file without a name turns out not to get one, `write` is called once more, with another file.
func replaceFile(
  _ path: String, _ write: (borrowing OwnedDescriptor) throws(SystemError) -> Void
) throws(FileReplacingError) {
  let directory = try unlessInPlace { () throws(SystemError) in try putInPlace(path, write) }
  guard let directory else { return }
  // Makes the new name last. Not all file systems can do that for directories.
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

/// Returns the directory, or nil if it cannot be read; files can be made in it all the same.
private func putInPlace(
  _ path: String, _ write: (borrowing OwnedDescriptor) throws(SystemError) -> Void
) throws(SystemError) -> OwnedDescriptor? {
  let directory = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? "./"
  // Who cannot have the descriptor, or has no such directory, learns it before anything is written.
  let opened = try open(directory)
  PartFile.removeAbandoned(in: directory)
  if var part = try PartFile.unnamed(in: directory) {
    try write(part.descriptor)
    // Most of the work, while there is nothing that could be left behind.
    try part.descriptor.synchronize()
    if try part.takeName() {
      // Btrfs does not log files without a name: after a power failure the new one could be empty.
      try part.descriptor.synchronize()
      try part.move(to: path)
      return opened
    }
  }
  var part = try PartFile.named(in: directory)
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
