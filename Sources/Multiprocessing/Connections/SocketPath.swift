internal import SharedArraysSystem

/// A path that a socket can have.
struct SocketPath: Sendable {
  let text: String

  /// - Throws: `invalidPath`.
  init(_ text: String) throws(ConnectionError) {
    let count = text.utf8.count
    guard count > 0, count <= OwnedDescriptor.longestSocketPath, !text.utf8.contains(0) else {
      let limit = OwnedDescriptor.longestSocketPath
      throw ConnectionError(
        .invalidPath,
        "\(text.debugDescription) has \(count) bytes; 1 to \(limit) are allowed, none of them zero")
    }
    self.text = text
  }

  var phrase: String { text.debugDescription }

  /// The directory, and the name in it.
  var parts: (directory: String, name: String) {
    guard let slash = text.lastIndex(of: "/") else { return (".", text) }
    let directory = slash == text.startIndex ? "/" : String(text[..<slash])
    return (directory, String(text[text.index(after: slash)...]))
  }
}

extension ConnectionCore {
  /// Returns the end for a socket that `accept` or `connect` has made, if the other process belongs
  /// to the same user.
  ///
  /// - Throws: `foreignUser`, `system`.
  static func checkingUser(of socket: consuming OwnedDescriptor) throws(ConnectionError) -> ConnectionCore {
    let peer: (user: UInt32, pid: Int)
    do throws(SystemError) { peer = try BorrowedSocket(socket.rawValue).peer() } catch {
      throw ConnectionError(.system, underlying: error)
    }
    let own = currentUser()
    guard peer.user == own else {
      throw ConnectionError(.foreignUser, "process \(peer.pid) of user \(peer.user), not \(own)")
    }
    return try ConnectionCore(socket, .both)
  }
}
