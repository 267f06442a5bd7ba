internal import SystemLayer

/// Writes a new file and puts it in the place of `path` in one step, once all of it is on the disk.
///
/// The bytes go to a part file beside `path`, whose lock its writer holds: a part file that can be locked was
/// left behind by a writer that was killed, and is removed here.
func replaceFile(
  _ path: String, _ write: (borrowing OwnedDescriptor) throws(SystemError) -> Void
) throws(SystemError) {
  // More writers than this at once are rare; what they leave behind waits until as many write again.
  for number in 0..<8 { removeIfAbandoned(partPath(of: path, number)) }
  let part = try PartFile(beside: path)
  do throws(SystemError) {
    try write(part.descriptor)
    try part.descriptor.synchronize()
    try renameFile(part.path, to: path)
  } catch {
    try? removeFile(part.path)
    throw error
  }
  try synchronizeDirectory(of: path)
}

/// A file that only its writer has locked.
private struct PartFile: ~Copyable {
  let path: String
  let descriptor: OwnedDescriptor

  init(beside target: String) throws(SystemError) {
    var number = 0
    while true {
      let path = partPath(of: target, number)
      if let descriptor = try Self.create(path) {
        self.path = path
        self.descriptor = descriptor
        return
      }
      number += 1
    }
  }

  /// Nil if the name is taken.
  private static func create(_ path: String) throws(SystemError) -> OwnedDescriptor? {
    do throws(SystemError) {
      let descriptor = try OwnedDescriptor.createFile(path, mode: 0o666)
      // Who looks for abandoned files may have got the lock, or the file, before its writer could lock it. Where
      // the file system has no locks, nobody gets one and no file counts as abandoned.
      let isLocked = (try? descriptor.tryLockExclusive()) ?? true
      if isLocked, (try? descriptor.status().linkCount) != 0 { return descriptor }
      return nil
    } catch let error where error.code == ErrorCode.exists { return nil }
  }
}

/// A name in the directory of `path`, no longer than a file system takes.
private func partPath(of path: String, _ number: Int) -> String {
  let suffix = ".part-\(number)"
  let directoryByteCount = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8[...$0].count } ?? 0
  var start = path
  while start.utf8.count - directoryByteCount + suffix.utf8.count > 255 { start.removeLast() }
  return start + suffix
}

/// Removes a part file whose writer has ended before it was complete.
private func removeIfAbandoned(_ path: String) {
  guard let file = try? OwnedDescriptor.openFile(path, .readWrite), let status = try? file.status(),
    status.isRegularFile, status.owner == currentUser(), (try? file.tryLockExclusive()) == true
  else { return }
  // Its writer may have completed it meanwhile, and another one begun a file of that name. If the name still
  // leads to the file that is locked here, nobody else takes it away.
  guard let same = try? OwnedDescriptor.openFile(path, .readOnly).status().identity, same == status.identity
  else { return }
  try? removeFile(path)
}

/// Makes a new name in the directory of `path` last. Directories that cannot be read, and file systems that
/// cannot do it for directories, are left alone.
private func synchronizeDirectory(of path: String) throws(SystemError) {
  let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
  let directory = slash.map { String(path[...$0]) } ?? "."
  do throws(SystemError) {
    try OwnedDescriptor.openFile(directory, .readOnly).synchronize()
  } catch let error where [ErrorCode.accessDenied, ErrorCode.invalid].contains(error.code) {}
}
