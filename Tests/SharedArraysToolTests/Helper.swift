import Foundation
import TestSupport

/// A program that a test starts, asks and ends. It is killed and reaped when its owner goes away; if the test
/// itself is killed, it sees the end of its input.
final class Helper {
  let pid: pid_t
  private let words: [String]
  private let input = Pipe()
  private let output = Pipe()
  private var unread: [UInt8] = []
  private var isReaped = false

  // Not Foundation's Process: that one takes a child that closes the descriptors it has inherited, as the agent
  // does, for one that has ended.
  init(_ words: [String]) throws {
    self.words = words
    // A helper that has gone is an error of the next write, not the end of the tests.
    signal(SIGPIPE, SIG_IGN)
    pid = try spawn(
      words, input: input.fileHandleForReading.fileDescriptor,
      output: output.fileHandleForWriting.fileDescriptor)
    try input.fileHandleForReading.close()
    try output.fileHandleForWriting.close()
  }

  deinit { kill() }

  /// The next line that it prints.
  func line(within seconds: Int32 = 30) throws -> String {
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        defer { unread.removeSubrange(...end) }
        return String(decoding: unread[..<end], as: UTF8.self)
      }
      let descriptor = output.fileHandleForReading.fileDescriptor
      var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let isReadable = unsafe poll(&wanted, 1, seconds * 1000) == 1
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = isReadable ? unsafe read(descriptor, &bytes, bytes.count) : 0
      guard count > 0 else {
        throw HelperError("\(words) printed no line\(isReadable ? ", it has ended" : "")")
      }
      unread += bytes[..<count]
    }
  }

  /// Writes a line to its input; returns the next line that it prints.
  @discardableResult
  func ask(_ command: String) throws -> String {
    try input.fileHandleForWriting.write(contentsOf: Data("\(command)\n".utf8))
    let answer = try line()
    if answer.hasPrefix("error ") { throw HelperError("\(command): \(answer)") }
    return answer
  }

  /// Ends it with SIGKILL and reaps it.
  func kill() {
    guard !isReaped else { return }
    _ = Foundation.kill(pid, SIGKILL)
    var status: CInt = 0
    while unsafe waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    isReaped = true
  }
}

struct HelperError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// A segment agent, for commands of Tests/SegmentAgent/Commands.swift.
func startAgent(in place: PrivateSharedMemory? = nil, as user: [String] = []) throws -> Helper {
  try Helper((place?.entering ?? []) + user + [programs + "/segment-agent", "serve"])
}

/// A Python that has run `program` and waits, and the line it has printed.
func startPython(
  _ program: String, _ arguments: String..., in place: PrivateSharedMemory? = nil, as user: [String] = []
) throws -> (helper: Helper, line: String) {
  guard let interpreter = pythonInterpreter else { throw HelperError("no Python has NumPy") }
  let program = "import sys\n\(program)\nsys.stdin.read()"
  let words = (place?.entering ?? []) + user + [interpreter, "-c", program] + arguments
  let helper = try Helper(words)
  return (helper, try helper.line())
}
