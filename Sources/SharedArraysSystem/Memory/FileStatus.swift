internal import CSharedArraysShims

/// The status of a file, as `fstat` and `lstat` return it.
package struct FileStatus: Sendable {
  package let identity: FileIdentity
  package let byteCount: Int
  package let allocatedByteCount: Int
  package let linkCount: Int
  package let owner: UInt32
  package let isRegularFile: Bool
  package let isSocket: Bool
  package let permissions: UInt32
  package let modified: Int

  init(_ status: cshims_file_status) {
    identity = FileIdentity(device: status.device, inode: status.inode)
    byteCount = Int(status.size)
    allocatedByteCount = Int(status.allocated_bytes)
    linkCount = Int(status.links)
    owner = status.owner
    isRegularFile = status.mode & 0o170000 == 0o100000
    isSocket = status.mode & 0o170000 == 0o140000
    permissions = status.mode & 0o7777
    modified = Int(status.modified_seconds)
  }
}

/// The identity of a file, independent of its names.
package struct FileIdentity: Hashable, Sendable {
  package let device, inode: UInt64

  package init(device: UInt64, inode: UInt64) {
    self.device = device
    self.inode = inode
  }
}

/// The names in /dev/shm.
package enum SharedMemoryDirectory {
  /// Returns the status of a name, without following a symbolic link. The corresponding C function
  /// is `lstat`.
  package static func status(of name: String) throws(SystemError) -> FileStatus {
    var status = cshims_file_status()
    _ = try systemCall("lstat") { unsafe cshims_shm_status(name, &status) }
    return FileStatus(status)
  }

  /// Removes a name. The corresponding C function is `shm_unlink`.
  package static func unlink(_ name: String) throws(SystemError) {
    _ = try systemCall("shm_unlink") { unsafe cshims_shm_unlink(name) }
  }

  /// Gives an object a second name; fails with `EEXIST` if the name is taken. The corresponding C
  /// function is `link`.
  package static func link(_ name: String, as other: String) throws(SystemError) {
    _ = try systemCall("link") { unsafe cshims_shm_link(name, other) }
  }

  /// Renames an object; fails with `EEXIST` if the new name is taken, with `ENOSYS` or `EINVAL`
  /// where the system cannot do that atomically. The corresponding C function is `renameat2`.
  package static func move(_ name: String, to other: String) throws(SystemError) {
    _ = try systemCall("renameat2") { unsafe cshims_shm_move(name, other) }
  }

  /// Returns all names, in no particular order, without those that are not UTF-8. The corresponding
  /// C function is `readdir`.
  package static func names() throws(SystemError) -> [String] { try namesInDirectory("/dev/shm") }
}

/// Returns the names in a directory that start with `prefix`, in no particular order, without those
/// that are not UTF-8. The corresponding C function is `readdir`.
package func namesInDirectory(_ path: String, startingWith prefix: String = "") throws(SystemError)
  -> [String]
{
  var found = (prefix: prefix, names: [String]())
  _ = try systemCall("readdir") {
    found.names.removeAll()
    return unsafe withUnsafeMutablePointer(to: &found) { found in
      unsafe cshims_list(
        path,
        { entry, context in
          // SAFETY: the context is the tuple above, alive for the whole call.
          let found = unsafe context.assumingMemoryBound(to: (prefix: String, names: [String]).self)
          if let name = unsafe String(validatingCString: entry), unsafe name.hasPrefix(found.pointee.prefix) {
            unsafe found.pointee.names.append(name)
          }
          return 0
        }, found)
    }
  }
  return found.names
}

/// Renames a file atomically, replacing a file of the new name. The corresponding C function is
/// `rename`.
package func renameFile(_ old: String, to new: String) throws(SystemError) {
  _ = try systemCall("rename") { unsafe cshims_rename(old, new) }
}

/// Removes a file's name. The corresponding C function is `unlink`.
package func removeFile(_ path: String) throws(SystemError) {
  _ = try systemCall("unlink") { unsafe cshims_remove(path) }
}

/// Returns random bits from the kernel. The corresponding C function is `getrandom`.
package func randomBits() throws(SystemError) -> UInt64 {
  var bits: UInt64 = 0
  _ = try systemCall("getrandom") { unsafe cshims_random(&bits, MemoryLayout<UInt64>.size) }
  return bits
}

/// Returns the 16 hexadecimal digits of a number.
package func hexadecimal(_ bits: UInt64) -> String {
  let digits = String(bits, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

/// Returns the effective user of this process. The corresponding C function is `geteuid`.
package func currentUser() -> UInt32 {
  cshims_user()
}
