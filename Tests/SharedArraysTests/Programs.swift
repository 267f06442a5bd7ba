import Foundation
import Glibc

struct ProgramResult {
  /// The exit status or the signal's number; `nil` if the program was stopped at the time limit.
  var status: Int32?
  var ending: String
  /// What it wrote to standard output and standard error.
  var output: String
}

/// Runs a program found on PATH; it is killed after `limit` seconds.
func run(_ command: [String], output: URL, limit: Double) throws -> ProgramResult {
  // A file, since a pipe that nobody reads would block the program.
  _ = FileManager.default.createFile(atPath: output.path, contents: nil)
  let handle = try FileHandle(forWritingTo: output)
  defer { try? handle.close() }

  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = command
  process.standardInput = FileHandle.nullDevice
  process.standardOutput = handle
  process.standardError = handle
  // A child inherits the signal mask, and the threads that tests run on may block most signals.
  var none = sigset_t()
  var previous = sigset_t()
  unsafe sigemptyset(&none)
  unsafe pthread_sigmask(SIG_SETMASK, &none, &previous)
  defer { unsafe pthread_sigmask(SIG_SETMASK, &previous, nil) }
  try process.run()

  let deadline = ContinuousClock.now + .seconds(limit)
  while process.isRunning, ContinuousClock.now < deadline { Thread.sleep(forTimeInterval: 0.02) }
  let wasStopped = process.isRunning
  if wasStopped { kill(process.processIdentifier, SIGKILL) }
  process.waitUntilExit()

  let text = String(decoding: try Data(contentsOf: output), as: UTF8.self)
  if wasStopped { return ProgramResult(status: nil, ending: "stopped after \(limit) s", output: text) }
  let status = process.terminationStatus
  let kind = process.terminationReason == .exit ? "exit status" : "signal"
  return ProgramResult(status: status, ending: "\(kind) \(status)", output: text)
}
