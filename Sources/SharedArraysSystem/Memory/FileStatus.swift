internal import CSharedArraysShims

/// What the kernel knows about a file.
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

/// Tells one file from another, whatever their names.
package struct FileIdentity: Hashable, Sendable {
  package let device, inode: UInt64

  package init(device: UInt64, inode: UInt64) {
    self.device = device
    self.inode = inode
  }
}

/// The names in /dev/shm.
package enum SharedMemoryDirectory {
  /// The status of a name, not through a symbolic link. The corresponding C function is `lstat`.
  package static func status(of name: String) throws(SystemError) -> FileStatus {
    var status = cshims_file_status()
    _ = try systemCall("lstat") { unsafe cshims_shm_status(name, &status) }
    return FileStatus(status)
  }

  /// The corresponding C function is `shm_unlink`.
  package static func unlink(_ name: String) throws(SystemError) {
    _ = try systemCall("shm_unlink") { unsafe cshims_shm_unlink(name) }
  }

  /// Gives an object a second name; fails with `EEXIST` if it is taken. The corresponding C function is
  /// `link`.
  package static func link(_ name: String, as other: String) throws(SystemError) {
    _ = try systemCall("link") { unsafe cshims_shm_link(name, other) }
  }

  /// Gives an object another name; fails with `EEXIST` if it is taken, with `ENOSYS` or `EINVAL` where the
  /// system cannot do that in one step. The corresponding C function is `renameat2`.
  package static func move(_ name: String, to other: String) throws(SystemError) {
    _ = try systemCall("renameat2") { unsafe cshims_shm_move(name, other) }
  }

  /// All names, in no order; those that are not UTF-8 are left out. The corresponding C function is
  /// `readdir`.
  package static func names() throws(SystemError) -> [String] { try namesInDirectory("/dev/shm") }
}

/// The names in a directory that start with `prefix`, in no order; those that are not UTF-8 are left out. The
/// corresponding C function is `readdir`.
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

/// Moves a file over another name in one step. The corresponding C function is `rename`.
package func renameFile(_ old: String, to new: String) throws(SystemError) {
  _ = try systemCall("rename") { unsafe cshims_rename(old, new) }
}

/// Removes a name of a file. The corresponding C function is `unlink`.
package func removeFile(_ path: String) throws(SystemError) {
  _ = try systemCall("unlink") { unsafe cshims_remove(path) }
}

/// Random bits from the kernel. The corresponding C function is `getrandom`.
package func randomBits() throws(SystemError) -> UInt64 {
  var bits: UInt64 = 0
  _ = try systemCall("getrandom") { unsafe cshims_random(&bits, MemoryLayout<UInt64>.size) }
  return bits
}

/// The 16 hexadecimal digits of a number.
package func hexadecimal(_ bits: UInt64) -> String {
  let digits = String(bits, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

/// The user whose rights this process has. The corresponding C function is `geteuid`.
package func currentUser() -> UInt32 {
  cshims_user()
}
