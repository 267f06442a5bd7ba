internal import SharedArraysSystem

/// The socket file of a listener.
///
/// Crash safety: the file of a listener that was killed stays. The kernel refuses connections to
/// it, which is how the next listener at the path recognises that it may replace the file. A
/// process that creates or removes such a file holds a lock on the directory at that time, and the
/// kernel drops the lock if the process dies. A process therefore never takes a new file for that
/// of a dead listener, and never removes the file of a successor, which is another file (inode)
/// under the same name.
struct ListenerFile: ~Copyable, Sendable {
  private let directory: OwnedDescriptor
  private let name: String
  private let identity: FileIdentity

  /// The longest time to wait for the lock. Other processes hold it for a few system calls each
  /// time.
  private static let lockTime = Duration.seconds(5)

  /// Listens at a path.
  ///
  /// - Throws: `alreadyExists`, `invalidPath`, `system`.
  static func create(
    at path: SocketPath, _ listener: inout OwnedDescriptor?
  ) throws(ConnectionError) -> ListenerFile {
    let (folder, name) = path.parts
    guard !name.isEmpty else { throw ConnectionError(.invalidPath, path.phrase + " ends with a slash") }
    do throws(SystemError) {
      let directory = try OwnedDescriptor.directory(folder)
      let identity = try listen(at: path, name, in: directory, &listener)
      return ListenerFile(directory: directory, name: name, identity: identity)
    } catch {
      let isTaken = error.code == ErrorCode.addressInUse || error.code == ErrorCode.exists
      throw ConnectionError(isTaken ? .alreadyExists : .system, path.phrase, underlying: error)
    }
  }

  private static func listen(
    at path: SocketPath, _ name: String, in directory: borrowing OwnedDescriptor,
    _ listener: inout OwnedDescriptor?
  ) throws(SystemError) -> FileIdentity {
    try lock(directory)
    defer { directory.unlock() }
    try removeDead(name, in: directory, path)
    listener = try OwnedDescriptor.listener(at: path.text)
    return try directory.status(of: name).identity
  }

  private init(directory: consuming OwnedDescriptor, name: String, identity: FileIdentity) {
    self.directory = directory
    self.name = name
    self.identity = identity
  }

  private static func lock(_ directory: borrowing OwnedDescriptor) throws(SystemError) {
    let deadline = Deadline(after: lockTime)
    var times = 0
    while try !directory.tryLockExclusive() {
      if deadline.hasPassed { throw SystemError(call: "flock", code: ErrorCode.wouldBlock) }
      backOff(&times)
    }
  }

  /// Removes the file of a listener that has ended.
  ///
  /// - Throws: `EEXIST` if a process listens at the path, or something else exists there.
  private static func removeDead(
    _ name: String, in directory: borrowing OwnedDescriptor, _ path: SocketPath
  ) throws(SystemError) {
    let status: FileStatus
    do throws(SystemError) { status = try directory.status(of: name) } catch {
      if error.code == ErrorCode.noEntry { return }
      throw error
    }
    guard status.isSocket else { throw SystemError(call: "bind", code: ErrorCode.exists) }
    do throws(SystemError) { _ = try OwnedDescriptor.connected(to: path.text) } catch {
      if error.code == ErrorCode.connectionRefused { return try directory.remove(name) }
      // The listener is alive and too many processes wait for it, or it is of another kind, or it
      // belongs to another user.
    }
    throw SystemError(call: "bind", code: ErrorCode.exists)
  }

  /// Removes the file if it is still this one. If the system refuses, the file stays for the next
  /// listener to remove.
  func remove() {
    guard (try? Self.lock(directory)) != nil else { return }
    defer { directory.unlock() }
    if let status = try? directory.status(of: name), status.identity == identity {
      try? directory.remove(name)
    }
  }
}
