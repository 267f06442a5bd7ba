import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the buffers are arrays passed with their own sizes. The synchronization objects are in
// the mapping of a `SharedWords`, each at its start, which is page-aligned.

/// A wrapped call whose failure is a `SystemError`, in a use where it succeeds.
struct WrappedCall: Sendable, CustomTestStringConvertible {
  let name: String
  let use: @Sendable () throws -> Void
  var testDescription: String { name }

  init(_ name: String, _ use: @escaping @Sendable () throws -> Void) {
    self.name = name
    self.use = use
  }
}

@Suite(.needsFaultInjection)
struct WrappedCallTests {
  @Test(arguments: WrappedCall.all)
  func `a failure is reported with the name of the call and its code`(call: WrappedCall) {
    #expect(throws: SystemError(call: call.name, code: ErrorCode.noMemory)) {
      try FaultInjection.failing(call.name, with: ErrorCode.noMemory) { try call.use() }
    }
  }

  @Test(arguments: WrappedCall.all)
  func `a call that is interrupted once succeeds`(call: WrappedCall) throws {
    try FaultInjection.failing(call.name, with: ErrorCode.interrupted) { try call.use() }
  }
}

extension WrappedCall {
  static let all = sharedMemory + files + descriptors + mappings + locks

  private static let sharedMemory = [
    WrappedCall("shm_open") { try withSharedMemory { _, _ in } },
    WrappedCall("lstat") {
      try withSharedMemory { name, _ in _ = try SharedMemoryDirectory.status(of: name) }
    },
    WrappedCall("shm_unlink") {
      try withSharedMemory { name, _ in
        try SharedMemoryDirectory.link(name, as: name + "-2")
        defer { try? SharedMemoryDirectory.unlink(name + "-2") }
        try SharedMemoryDirectory.unlink(name + "-2")
      }
    },
    WrappedCall("link") {
      try withSharedMemory { name, _ in
        try SharedMemoryDirectory.link(name, as: name + "-3")
        try SharedMemoryDirectory.unlink(name + "-3")
      }
    },
    WrappedCall("renameat2") {
      try withSharedMemory { name, _ in
        try SharedMemoryDirectory.move(name, to: name + "-4")
        try SharedMemoryDirectory.unlink(name + "-4")
      }
    },
    WrappedCall("readdir") { _ = try SharedMemoryDirectory.names() },
    WrappedCall("linkat") {
      let name = uniqueName()
      try OwnedDescriptor.unnamedSharedMemory().publish(as: name)
      try SharedMemoryDirectory.unlink(name)
    },
    WrappedCall("memfd_create") { _ = try anonymous() },
  ]

  private static let files = [
    WrappedCall("open") { _ = try OwnedDescriptor.openFile("/dev/null", .readOnly) },
    WrappedCall("readdir") { _ = try namesInDirectory("/") },
    WrappedCall("open(O_TMPFILE)") {
      try withTemporaryDirectory { _ = try OwnedDescriptor.unnamedFile(in: $0, mode: 0o600) }
    },
    WrappedCall("linkat") {
      try withTemporaryDirectory { directory in
        try OwnedDescriptor.unnamedFile(in: directory, mode: 0o600).link(as: directory + "/a")
      }
    },
    WrappedCall("rename") {
      try withTemporaryDirectory { directory in
        _ = try OwnedDescriptor.createFile(directory + "/a", mode: 0o600)
        try renameFile(directory + "/a", to: directory + "/b")
      }
    },
    WrappedCall("unlink") {
      try withTemporaryDirectory { directory in
        _ = try OwnedDescriptor.createFile(directory + "/a", mode: 0o600)
        try removeFile(directory + "/a")
      }
    },
  ]

  private static let descriptors = [
    WrappedCall("fstat") { _ = try anonymous().status() },
    WrappedCall("fstatfs") { _ = try anonymous().freeBytes() },
    WrappedCall("ftruncate") { try anonymous().setSize(100) },
    WrappedCall("fchmod") { try anonymous().setMode(0o600) },
    WrappedCall("fcntl(F_ADD_SEALS)") { try anonymous().sealSize() },
    WrappedCall("fsync") { try anonymous().synchronize() },
    WrappedCall("flock") { _ = try anonymous().tryLockShared() },
    WrappedCall("flock") { _ = try anonymous().tryLockExclusive() },
    WrappedCall("fcntl(F_OFD_SETLK)") { _ = try anonymous().tryLockByte(at: 0) },
    WrappedCall("fcntl(F_SETLEASE)") { _ = try anonymous().isSoleUser() },
    WrappedCall("pwrite") { try unsafe [1, 2].withUnsafeBytes { try unsafe anonymous().write($0, at: 0) } },
    WrappedCall("pread") {
      var bytes = [UInt8](repeating: 0, count: 2)
      _ = try unsafe bytes.withUnsafeMutableBytes { try unsafe anonymous().read(into: $0, at: 0) }
    },
    WrappedCall("poll") {
      var ready: [UInt8] = [0]
      _ = try pollDescriptors([anonymous().rawValue], ready: &ready, until: Deadline(after: .zero))
    },
  ]

  private static let mappings = [
    WrappedCall("mmap") { _ = try MemoryMapping(sharedWithChildren: 1) },
    WrappedCall("mmap") { _ = try MemoryMapping(of: anonymous(), byteCount: 1, access: .readOnly) },
    WrappedCall("mmap") {
      _ = try MemoryMapping(of: anonymous(), byteCount: 1, access: .readWrite, alignment: 1 << 21)
    },
    WrappedCall("msync") { try MemoryMapping(sharedWithChildren: 1).synchronize() },
    WrappedCall("getrandom") { _ = try randomBits() },
  ]

  private static let locks = [
    WrappedCall("pthread_mutex_init") { try withMutex { _ in } },
    WrappedCall("pthread_mutex_lock") {
      try withMutex { mutex in
        _ = try mutex.lock(until: Deadline(after: nil))
        try mutex.unlock()
      }
    },
    WrappedCall("pthread_mutex_trylock") {
      try withMutex { mutex in
        _ = try mutex.tryLock()
        try mutex.unlock()
      }
    },
    WrappedCall("pthread_mutex_clocklock") {
      try withMutex { mutex in
        _ = try mutex.lock(until: Deadline(after: .seconds(1)))
        try mutex.unlock()
      }
    },
    WrappedCall("sem_init") { try withSemaphore { _ in } },
    WrappedCall("sem_wait") { try withSemaphore { _ = try $0.wait(until: Deadline(after: nil)) } },
    WrappedCall("sem_trywait") { try withSemaphore { _ = try $0.tryWait() } },
    WrappedCall("sem_clockwait") {
      try withSemaphore { _ = try $0.wait(until: Deadline(after: .seconds(1))) }
    },
    WrappedCall("sem_open") {
      let name = uniqueName()
      defer { try? NamedSemaphore.unlink(name) }
      _ = try NamedSemaphore(creating: name, value: 1)
    },
    WrappedCall("sem_unlink") {
      let name = uniqueName()
      _ = try NamedSemaphore(creating: name, value: 1)
      defer { try? NamedSemaphore.unlink(name) }
      try NamedSemaphore.unlink(name)
    },
    WrappedCall("futex") {
      let words = try SharedWords()
      _ = try unsafe Futex(at: words.address(of: 0)).wait(while: 0, until: Deadline(after: .milliseconds(1)))
    },
  ]
}

private func withMutex(_ body: (RobustMutex) throws -> Void) throws {
  let words = try SharedWords()
  try body(unsafe RobustMutex(creatingAt: words.address(of: 0)))
}

private func withSemaphore(_ body: (POSIXSemaphoreHandle) throws -> Void) throws {
  let words = try SharedWords()
  try body(unsafe POSIXSemaphoreHandle(creatingAt: words.address(of: 0), value: 1))
}
