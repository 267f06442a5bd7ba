internal import CSharedArraysShims

/// The access of a mapping to the memory behind a descriptor.
package enum MappingAccess: CInt, Sendable {
  case readOnly = 0
  case readWrite = 1
  case copyOnWrite = 2
}

/// A file descriptor that is closed when its owner is destroyed.
package struct OwnedDescriptor: ~Copyable {
  package let rawValue: CInt

  package init(owning rawValue: CInt) { self.rawValue = rawValue }

  deinit { _ = cshims_close(rawValue) }
}

// MARK: Opening

extension OwnedDescriptor {
  /// Creates a shared memory object; fails if the name exists. The corresponding C function is
  /// `shm_open`.
  package static func createSharedMemory(named name: String) throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(owning: try systemCall("shm_open") { unsafe cshims_shm_create(name, 0o600) })
  }

  /// Opens an existing shared memory object, without following a symbolic link, and without waiting
  /// where the name leads to a FIFO. The corresponding C function is `shm_open`.
  package static func openSharedMemory(named name: String, _ access: MappingAccess) throws(SystemError)
    -> OwnedDescriptor
  {
    OwnedDescriptor(owning: try systemCall("shm_open") { unsafe cshims_shm_open(name, access.rawValue) })
  }

  /// Creates a file in /dev/shm that has no name yet. The corresponding C function is `open` with
  /// `O_TMPFILE`.
  package static func unnamedSharedMemory() throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(owning: try systemCall("open") { cshims_shm_open_unnamed(0o600) })
  }

  /// Creates memory that never has a name. The corresponding C function is `memfd_create`.
  package static func anonymousMemory(label: String) throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(owning: try systemCall("memfd_create") { unsafe cshims_memfd_create(label) })
  }

  /// Opens an existing file. The corresponding C function is `open`.
  package static func openFile(_ path: String, _ access: MappingAccess) throws(SystemError) -> OwnedDescriptor
  {
    OwnedDescriptor(owning: try systemCall("open") { unsafe cshims_open_file(path, access.rawValue) })
  }

  /// Duplicates a descriptor of any owner; both refer to the same open file description. The
  /// corresponding C function is `fcntl` with `F_DUPFD_CLOEXEC`.
  package init(duplicating descriptor: CInt) throws(SystemError) {
    self.init(owning: try systemCall("fcntl(F_DUPFD_CLOEXEC)") { cshims_duplicate(descriptor) })
  }

  /// Returns the descriptor and gives up its ownership: the caller must close it.
  package consuming func release() -> CInt {
    let descriptor = rawValue
    discard self
    return descriptor
  }

  /// Creates a file; fails if it exists. The corresponding C function is `open` with `O_EXCL`.
  package static func createFile(_ path: String, mode: UInt32) throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(owning: try systemCall("open") { unsafe cshims_create_file(path, mode) })
  }

  /// Creates a file in a directory that has no name yet. The corresponding C function is `open`
  /// with `O_TMPFILE`; where that is missing, it fails with one of ``ErrorCode/noUnnamedFiles``.
  package static func unnamedFile(in directory: String, mode: UInt32) throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(owning: try systemCall("open(O_TMPFILE)") { unsafe cshims_open_unnamed(directory, mode) })
  }
}

// MARK: Attributes

extension OwnedDescriptor {
  /// Returns the status of the file. The corresponding C function is `fstat`.
  package func status() throws(SystemError) -> FileStatus {
    var status = cshims_file_status()
    _ = try systemCall("fstat") { unsafe cshims_file_status_of(rawValue, &status) }
    return FileStatus(status)
  }

  /// Returns the number of bytes that the file system can still allocate. The corresponding C
  /// function is `fstatfs`.
  package func freeBytes() throws(SystemError) -> Int {
    var bytes: Int64 = 0
    _ = try systemCall("fstatfs") { unsafe cshims_free_bytes(rawValue, &bytes) }
    return Int(bytes)
  }

  /// Sets the size of the file. The corresponding C function is `ftruncate`.
  package func setSize(_ byteCount: Int) throws(SystemError) {
    _ = try systemCall("ftruncate") { cshims_set_size(rawValue, Int64(byteCount)) }
  }

  /// Allocates pages for a range of the file and extends the file if the range ends behind it. The
  /// corresponding C function is `fallocate`.
  package func reserve(_ range: Range<Int>) throws(SystemError) {
    _ = try systemCall("fallocate") { cshims_allocate(rawValue, Int64(range.lowerBound), Int64(range.count)) }
  }

  /// Sets the permissions of the file. The corresponding C function is `fchmod`.
  package func setMode(_ mode: UInt32) throws(SystemError) {
    _ = try systemCall("fchmod") { cshims_set_mode(rawValue, mode) }
  }

  /// Seals the size against any later change by any process. The corresponding C function is
  /// `fcntl` with `F_ADD_SEALS`.
  package func sealSize() throws(SystemError) {
    _ = try systemCall("fcntl(F_ADD_SEALS)") { cshims_seal_size(rawValue) }
  }

  /// Whether no process can shrink the file any more. The corresponding C function is `fcntl` with
  /// `F_GET_SEALS`.
  package var isSealedAgainstShrinking: Bool { cshims_is_sealed(rawValue) > 0 }

  /// Writes the changes of the file to its storage. The corresponding C function is `fsync`.
  package func synchronize() throws(SystemError) {
    _ = try systemCall("fsync") { cshims_sync_file(rawValue) }
  }

  /// Gives an unnamed file in /dev/shm a name; fails with `EEXIST` if the name is taken. The
  /// corresponding C function is `linkat`.
  package func publish(as name: String) throws(SystemError) {
    _ = try systemCall("linkat") { unsafe cshims_shm_publish(rawValue, name) }
  }

  /// Gives an unnamed file a name; fails with `EEXIST` if the name is taken. The corresponding C
  /// function is `linkat`.
  package func link(as path: String) throws(SystemError) {
    _ = try systemCall("linkat") { unsafe cshims_link(rawValue, path) }
  }
}

// MARK: Locks

extension OwnedDescriptor {
  /// Tries to take the lock shared; returns false if it is held exclusively. The corresponding C
  /// function is `flock`.
  package func tryLockShared() throws(SystemError) -> Bool {
    try unlessHeld { () throws(SystemError) in try systemCall("flock") { cshims_try_lock_shared(rawValue) } }
  }

  /// Tries to take the lock exclusively. The corresponding C function is `flock`.
  package func tryLockExclusive() throws(SystemError) -> Bool {
    try unlessHeld { () throws(SystemError) in
      try systemCall("flock") { cshims_try_lock_exclusive(rawValue) }
    }
  }

  /// Tries to lock one byte for this open file description: an OFD lock. The corresponding C
  /// function is `fcntl` with `F_OFD_SETLK`.
  package func tryLockByte(at offset: Int64) throws(SystemError) -> Bool {
    try unlessHeld { () throws(SystemError) in
      try systemCall("fcntl(F_OFD_SETLK)") { cshims_try_lock_byte(rawValue, offset) }
    }
  }

  /// Returns whether the file is not open elsewhere and not mapped, in any process, including
  /// processes that this one cannot see. The file must belong to this user and be opened for
  /// reading and writing.
  ///
  /// A process that opens the file without waiting during this call gets `EAGAIN`. The
  /// corresponding C function is `fcntl` with `F_SETLEASE`.
  package func isSoleUser() throws(SystemError) -> Bool {
    try systemCall("fcntl(F_SETLEASE)") { cshims_is_sole_user(rawValue) } == 1
  }

  private func unlessHeld(_ lock: () throws(SystemError) -> CInt) throws(SystemError) -> Bool {
    do {
      _ = try lock()
      return true
    } catch let error where error.code == ErrorCode.wouldBlock || error.code == ErrorCode.accessDenied {
      // POSIX allows a byte lock to fail with EACCES where Linux uses EAGAIN.
      return false
    }
  }
}

// MARK: Bytes

extension OwnedDescriptor {
  /// Reads until `bytes` is full or the file ends; returns the number of bytes read. The
  /// corresponding C function is `pread`.
  package func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(SystemError) -> Int {
    var done = 0
    while done < bytes.count {
      let count = try systemCall("pread") {
        // SAFETY: done <= bytes.count, and the rest of the buffer is passed with its own length.
        unsafe cshims_read_at(
          rawValue, bytes.baseAddress! + done, bytes.count - done, Int64(offset + done))
      }
      if count == 0 { break }
      done += Int(count)
    }
    return done
  }

  /// Writes all of `bytes`. The corresponding C function is `pwrite`.
  package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      // SAFETY: as in `read(into:at:)`. One call moves at most 2 GiB, so larger buffers take
      // several.
      done += try Int(
        systemCall("pwrite") {
          unsafe cshims_write_at(
            rawValue, bytes.baseAddress! + done, bytes.count - done, Int64(offset + done))
        })
    }
  }
}

/// Closes all descriptors of the process in a range, including those of other owners, for children
/// that keep nothing of their parent. The corresponding C function is `close_range`.
package func closeDescriptors(_ range: ClosedRange<UInt32>) throws(SystemError) {
  _ = try systemCall("close_range") { cshims_close_range(range.lowerBound, range.upperBound) }
}
