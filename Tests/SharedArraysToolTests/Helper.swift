import Foundation
import TestSupport

// SAFETY: the C functions get local variables that exist until the call returns, and `read` gets
// the size of its buffer.

/// A program that a test starts, queries and ends. It is killed and reaped when its owner is
/// released. If the test itself is killed, the program reads the end of its input.
final class Helper {
  let pid: pid_t
  private let words: [String]
  private let input = Pipe()
  private let output = Pipe()
  private var unread: [UInt8] = []
  private var isReaped = false

  // Foundation's Process is unsuitable: it considers a child ended when the child closes its
  // inherited descriptors, as the agent does.
  init(_ words: [String]) throws {
    self.words = words
    // If the helper has ended, the next write fails, rather than the signal ending the tests.
    signal(SIGPIPE, SIG_IGN)
    pid = try spawn(
      words, input: input.fileHandleForReading.fileDescriptor,
      output: output.fileHandleForWriting.fileDescriptor)
    try input.fileHandleForReading.close()
    try output.fileHandleForWriting.close()
  }

  deinit { kill() }

  /// Returns the next line that the program prints.
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

  /// Writes a line to the program's input and returns the next line that it prints.
  @discardableResult
  func ask(_ command: String) throws -> String {
    try input.fileHandleForWriting.write(contentsOf: Data("\(command)\n".utf8))
    let answer = try line()
    if answer.hasPrefix("error ") { throw HelperError("\(command): \(answer)") }
    return answer
  }

  /// Ends the program with SIGKILL and reaps it.
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

/// Starts a segment agent, for commands of Tests/SegmentAgent/Commands.swift.
func startAgent(in place: PrivateSharedMemory? = nil, as user: [String] = []) throws -> Helper {
  try Helper((place?.entering ?? []) + user + [programs + "/segment-agent", "serve"])
}

/// Starts a Python that runs `program` and then waits. Returns it and the line that it has printed.
func startPython(
  _ program: String, _ arguments: String..., in place: PrivateSharedMemory? = nil, as user: [String] = []
) throws -> (helper: Helper, line: String) {
  guard let interpreter = pythonInterpreter else { throw HelperError("no Python has NumPy") }
  let program = "import sys\n\(program)\nsys.stdin.read()"
  let words = (place?.entering ?? []) + user + [interpreter, "-c", program] + arguments
  let helper = try Helper(words)
  return (helper, try helper.line())
}
