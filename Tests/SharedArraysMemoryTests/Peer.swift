import Glibc
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the C functions get pointers to local variables and arrays, with the arrays' sizes, and
// keep none of them.

/// Another process that runs commands on segments: a `segment-agent`.
///
/// These tests leave segments to separate processes, since a child that another test forks from
/// this one would hold everything that this one holds.
final class Peer {
  let pid: pid_t
  private let socket: OwnedDescriptor
  private var unread: [UInt8] = []
  private var hasEnded = false

  init() throws {
    let pair = try SocketPair()
    pid = try spawn([agentPath, "serve"], input: pair.theirs.rawValue, output: pair.theirs.rawValue)
    socket = pair.ours
  }

  deinit { _ = kill() }

  /// Returns the agent's answer to a command; Tests/SegmentAgent/Commands.swift lists the commands.
  @discardableResult
  func ask(_ command: String) throws -> String {
    guard tell(command) else { throw PeerError("the agent has gone before: \(command)") }
    let deadline = Deadline(after: .seconds(60))
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        defer { unread.removeSubrange(...end) }
        return String(decoding: unread[..<end], as: UTF8.self)
      }
      try readMore(until: deadline, command)
    }
  }

  private func tell(_ command: String) -> Bool {
    let line = Array("\(command)\n".utf8)
    return unsafe send(socket.rawValue, line, line.count, Int32(MSG_NOSIGNAL)) == line.count
  }

  private func readMore(until deadline: Deadline, _ command: String) throws {
    var ready: [UInt8] = [0]
    // With a time limit: a forked child of another test might keep the socket of a dead agent open.
    let isReadable = try pollDescriptors([socket.rawValue], ready: &ready, until: deadline) == 1
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = isReadable ? unsafe read(socket.rawValue, &bytes, bytes.count) : 0
    guard count > 0 else { throw PeerError("no answer to: \(command)") }
    unread += bytes[..<count]
  }

  /// Ends the agent with SIGKILL.
  func kill() -> Bool {
    if hasEnded { return false }
    _ = Glibc.kill(pid, SIGKILL)
    return reap() == SIGKILL
  }

  /// Makes the agent detach everything and exit.
  func quit() throws {
    _ = tell("quit")
    let status = reap()
    guard status == 0 else { throw PeerError("the agent ended with status \(status)") }
  }

  /// Waits for the agent to end and returns the status as `waitpid` does.
  func reap() -> CInt {
    if hasEnded { return 0 }
    var status: CInt = 0
    while unsafe waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    hasEnded = true
    return status
  }
}

struct PeerError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Runs `body` with some peers and a unique name. Afterwards no name that starts with it may be
/// left.
func withPeers(_ count: Int, _ body: (_ peers: [Peer], _ name: String) throws -> Void) throws {
  let name = "test-\(getpid())-\(String(try randomBits(), radix: 16))"
  let peers = try (0..<count).map { _ in try Peer() }
  defer {
    for left in sharedMemoryNames() where left.hasPrefix(name) { try? SharedMemoryDirectory.unlink(left) }
  }
  try body(peers, name)
  for peer in peers { try peer.quit() }
  #expect(sharedMemoryNames().filter { $0.hasPrefix(name) } == [])
}

private struct SocketPair: ~Copyable {
  let ours, theirs: OwnedDescriptor

  init() throws {
    var ends: [CInt] = [0, 0]
    let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
      throw PeerError("no sockets: errno \(errno)")
    }
    ours = OwnedDescriptor(owning: ends[0])
    theirs = OwnedDescriptor(owning: ends[1])
  }
}

/// The path of the agent, which is located beside the test bundle.
private let agentPath: String = {
  var bytes = [CChar](repeating: 0, count: 4096)
  let count = unsafe readlink("/proc/self/exe", &bytes, bytes.count)
  let program = String(decoding: bytes[..<max(0, count)].map(UInt8.init(bitPattern:)), as: UTF8.self)
  let directory = program.split(separator: "/").dropLast().joined(separator: "/")
  return "/\(directory)/segment-agent"
}()
