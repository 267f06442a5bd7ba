import Glibc
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the paths are null-terminated for the calls, and the buffers are arrays passed with their
// own sizes.

@Suite(.serialized, .timeLimit(.minutes(1)))
struct OwnedDescriptorTests {
  @Test func `the owner closes its descriptor, also after errors`() throws {
    let termination = try forkedChild {
      let before = openDescriptors()
      for _ in 0..<100 {
        guard let file = try? anonymous(), fcntl(file.rawValue, F_GETFD) == FD_CLOEXEC else { return 1 }
        if openDescriptors() != before + 1 { return 2 }
        if (try? OwnedDescriptor.openFile("/nowhere/file", .readOnly)) != nil { return 3 }
      }
      return openDescriptors() == before ? 0 : 4
    }
    #expect(termination == .exited(code: 0))
  }

  @Test func `a shared memory object is created once, with access for its user only`() throws {
    try withSharedMemory { name, object in
      let status = try object.status()
      #expect(status.permissions == 0o600)
      #expect(status.isRegularFile)
      #expect(status.owner == getuid())
      #expect(status.linkCount == 1)
      #expect(status.byteCount == 0)
      #expect(sharedMemoryNames().contains(name))
      #expect(try SharedMemoryDirectory.names().contains(name))
      #expect(try SharedMemoryDirectory.status(of: name).identity == status.identity)
      #expect(throws: SystemError(call: "shm_open", code: EEXIST)) {
        _ = try OwnedDescriptor.createSharedMemory(named: name)
      }
    }
  }

  @Test func `opening a name that does not exist fails`() {
    #expect(throws: SystemError(call: "shm_open", code: ENOENT)) {
      _ = try OwnedDescriptor.openSharedMemory(named: uniqueName(), .readOnly)
    }
    #expect(throws: SystemError(call: "lstat", code: ENOENT)) {
      _ = try SharedMemoryDirectory.status(of: uniqueName())
    }
    #expect(throws: SystemError(call: "shm_unlink", code: ENOENT)) {
      try SharedMemoryDirectory.unlink(uniqueName())
    }
  }

  @Test func `a symbolic link in place of an object is not followed`() throws {
    let name = uniqueName()
    let result = unsafe symlink("/etc/hostname", "/dev/shm/" + name)
    #expect(result == 0)
    defer { try? SharedMemoryDirectory.unlink(name) }
    #expect(throws: SystemError(call: "shm_open", code: ELOOP)) {
      _ = try OwnedDescriptor.openSharedMemory(named: name, .readOnly)
    }
    #expect(try !SharedMemoryDirectory.status(of: name).isRegularFile)
  }

  @Test func `opening a pipe in place of an object does not wait`() throws {
    let name = uniqueName()
    let result = unsafe mkfifo("/dev/shm/" + name, 0o600)
    #expect(result == 0)
    defer { try? SharedMemoryDirectory.unlink(name) }
    let pipe = try OwnedDescriptor.openSharedMemory(named: name, .readOnly)
    #expect(try !pipe.status().isRegularFile)
  }

  @Test func `an object moves to a free name only`() throws {
    try withSharedMemory { name, object in
      let other = uniqueName()
      try SharedMemoryDirectory.move(name, to: other)
      defer { try? SharedMemoryDirectory.unlink(other) }
      #expect(try SharedMemoryDirectory.status(of: other).identity == object.status().identity)
      #expect(!sharedMemoryNames().contains(name))
      let second = try OwnedDescriptor.createSharedMemory(named: name)
      #expect(throws: SystemError(call: "renameat2", code: EEXIST)) {
        try SharedMemoryDirectory.move(name, to: other)
      }
      #expect(try second.status().linkCount == 1)
    }
  }

  @Test func `a name that is too long is refused`() {
    let name = String(repeating: "n", count: 300)
    #expect(throws: SystemError.self) { _ = try OwnedDescriptor.createSharedMemory(named: name) }
    #expect(throws: SystemError(call: "linkat", code: ENAMETOOLONG)) {
      try OwnedDescriptor.unnamedSharedMemory().publish(as: name)
    }
  }

  @Test func `an object gets its name when it is complete, and only a free name`() throws {
    let name = uniqueName()
    let object = try OwnedDescriptor.unnamedSharedMemory()
    try object.setSize(8192)
    #expect(try object.status().linkCount == 0)
    try object.publish(as: name)
    defer { try? SharedMemoryDirectory.unlink(name) }
    #expect(try SharedMemoryDirectory.status(of: name).byteCount == 8192)
    #expect(try SharedMemoryDirectory.status(of: name).identity == object.status().identity)
    #expect(throws: SystemError(call: "linkat", code: EEXIST)) {
      try OwnedDescriptor.unnamedSharedMemory().publish(as: name)
    }
  }

  @Test func `an object can have two names, and exists without one`() throws {
    try withSharedMemory { name, object in
      let other = uniqueName()
      try SharedMemoryDirectory.link(name, as: other)
      #expect(throws: SystemError(call: "link", code: EEXIST)) {
        try SharedMemoryDirectory.link(name, as: other)
      }
      #expect(try object.status().linkCount == 2)
      try SharedMemoryDirectory.unlink(other)
      try SharedMemoryDirectory.unlink(name)
      #expect(try object.status().linkCount == 0)
      try object.setSize(10)
    }
  }

  @Test(arguments: [0, 1, 4095, 4096, 100_000])
  func `written bytes are read back`(byteCount: Int) throws {
    let file = try anonymous()
    let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 * 7) }
    try unsafe bytes.withUnsafeBytes { try unsafe file.write($0, at: 3) }
    var back = [UInt8](repeating: 0, count: byteCount + 10)
    let count = try unsafe back.withUnsafeMutableBytes { try unsafe file.read(into: $0, at: 3) }
    #expect(count == byteCount)
    #expect(Array(back.prefix(byteCount)) == bytes)
  }

  @Test func `a sealed size cannot be changed`() throws {
    let file = try anonymous()
    try file.setSize(4096)
    try file.sealSize()
    #expect(throws: SystemError(call: "ftruncate", code: EPERM)) { try file.setSize(0) }
    #expect(throws: SystemError(call: "ftruncate", code: EPERM)) { try file.setSize(8192) }
    #expect(throws: SystemError(call: "fcntl(F_ADD_SEALS)", code: EPERM)) { try file.sealSize() }
  }

  @Test func `memory without a name has no limit, a shared memory object has one`() throws {
    #expect(try anonymous().freeBytes() == Int.max)
    let free = try OwnedDescriptor.unnamedSharedMemory().freeBytes()
    #expect(free >= 0 && free < Int.max)
  }

  @Test func `shared locks are compatible and exclude an exclusive one`() throws {
    try withSharedMemory { name, first in
      let second = try OwnedDescriptor.openSharedMemory(named: name, .readWrite)
      #expect(try first.tryLockShared())
      #expect(try second.tryLockShared())
      #expect(try !second.tryLockExclusive())
      let third = try OwnedDescriptor.openSharedMemory(named: name, .readWrite)
      #expect(try !third.tryLockExclusive())
    }
  }

  @Test func `a byte is locked by one open file at a time, until that is closed`() throws {
    try withSharedMemory { name, first in
      #expect(try first.tryLockByte(at: 5))
      do {
        let second = try OwnedDescriptor.openSharedMemory(named: name, .readWrite)
        #expect(try !second.tryLockByte(at: 5))
        #expect(try second.tryLockByte(at: 6))
        #expect(try !first.tryLockByte(at: 6))
      }
      #expect(try first.tryLockByte(at: 6))
    }
  }

  @Test func `the kernel drops the byte lock of a killed process`() throws {
    try withSharedMemory { name, object in
      let words = try SharedWords()
      var child = try startChild {
        guard let own = try? OwnedDescriptor.openSharedMemory(named: name, .readWrite) else { return 1 }
        words[0] = (try? own.tryLockByte(at: 0)) == true ? 1 : 2
        sleepFor(milliseconds: 20_000)
        return own.rawValue
      }
      #expect(words.wait(for: 0))
      #expect(words[0] == 1)
      #expect(try !object.tryLockByte(at: 0))
      child.kill()
      #expect(child.reap() == .signaled(Int(SIGKILL)))
      #expect(try object.tryLockByte(at: 0))
    }
  }

  @Test func `an object has other users while a process has it open, or maps it and has closed it`() throws {
    try withSharedMemory { name, object in
      try object.setSize(pageSize)
      #expect(try object.isSoleUser())
      for (access, staysOpen) in [
        (MappingAccess.readOnly, true), (.readWrite, true), (.readOnly, false), (.readWrite, false),
        (.copyOnWrite, false),
      ] {
        let words = try SharedWords()
        var child = try startChild {
          guard let own = try? OwnedDescriptor.openSharedMemory(named: name, access),
            let mapping = try? MemoryMapping(of: own, byteCount: pageSize, access: access)
          else { return 1 }
          if !staysOpen { close(own.rawValue) }
          words[0] = 1
          sleepFor(milliseconds: 20_000)
          return withExtendedLifetime(mapping) { own.rawValue }
        }
        #expect(words.wait(for: 0))
        #expect(try !object.isSoleUser(), "\(access), open: \(staysOpen)")
        child.kill()
        #expect(child.reap() == .signaled(Int(SIGKILL)))
        #expect(try object.isSoleUser())
      }
    }
  }

  @Test func `files are created once, moved and removed`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/a"
      _ = try OwnedDescriptor.createFile(path, mode: 0o640)
      #expect(throws: SystemError(call: "open", code: EEXIST)) {
        _ = try OwnedDescriptor.createFile(path, mode: 0o640)
      }
      try renameFile(path, to: directory + "/b")
      #expect(throws: SystemError(call: "open", code: ENOENT)) {
        _ = try OwnedDescriptor.openFile(path, .readOnly)
      }
      let file = try OwnedDescriptor.openFile(directory + "/b", .readWrite)
      try file.setMode(0o604)
      #expect(try file.status().permissions == 0o604)
      try removeFile(directory + "/b")
      #expect(try file.status().linkCount == 0)
    }
  }

  @Test func `a duplicate leads to the same file and outlives the first`() throws {
    let first = try anonymous()
    try first.setSize(100)
    let identity = try first.status().identity
    let second = try OwnedDescriptor(duplicating: first.rawValue)
    #expect(second.rawValue != first.rawValue)
    #expect(fcntl(second.rawValue, F_GETFD) == FD_CLOEXEC)
    let number = first.release()
    #expect(close(number) == 0)
    #expect(try second.status().identity == identity)
    #expect(throws: SystemError(call: "fcntl(F_DUPFD_CLOEXEC)", code: EBADF)) {
      _ = try OwnedDescriptor(duplicating: -1)
    }
  }

  @Test func `closing a range leaves a child with none of those descriptors`() throws {
    let kept = try OwnedDescriptor.anonymousMemory(label: "kept")
    let number = kept.rawValue
    let termination = try forkedChild {
      guard (try? closeDescriptors(3...UInt32.max)) != nil else { return 1 }
      return (try? OwnedDescriptor.anonymousMemory(label: "first"))?.rawValue == 3 && number >= 3 ? 0 : 2
    }
    #expect(termination == .exited(code: 0))
  }
}
