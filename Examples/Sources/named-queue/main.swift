// Independently started programs exchange messages through a named queue.
//
//   named-queue                shows everything; the other processes are this program too
//   named-queue serve          creates the queue, or attaches to that of a killed server, and
//                              prints messages
//   named-queue send TEXT...   in another terminal: sends messages
//   named-queue stop           closes the queue: the server prints the rest, unlinks the queue and
//                              exits
import Foundation
import SharedArrays

do {
  let arguments = Array(CommandLine.arguments.dropFirst())
  let name = ProcessInfo.processInfo.environment["NAMED_QUEUE"] ?? "named-queue"
  switch (arguments.first, arguments.count) {
  case (nil, _): try showEverything(name: "named-queue-\(getpid())")
  case ("serve", 1): try serve(name)
  case ("send", 2...): try send(arguments.dropFirst(), name)
  case ("stop", 1): try stop(name)
  default:
    complain("usage: named-queue [serve | send TEXT... | stop]")
    exit(64)
  }
} catch {
  complain("\(error)")
  exit(1)
}

/// A message. Both sides have the same type, which is checked when the queue is attached.
struct Message: Codable, Transferable {
  var sender: Int
  var text: String
}

/// Attaches to the queue, or creates it.
///
/// The queue is persistent: its name stays until it is unlinked, even if processes die, so messages
/// can wait for a server.
func openQueue(_ name: String) throws -> SharedQueue<Message> {
  while true {
    if let queue = try attachQueue(name) { return queue }
    do {
      return try SharedQueue.create(name, capacity: 16, tracksItems: true, lifetime: .persistent)
    } catch {
      // Another process has created the queue first: attach to it.
      if error.underlying?.code != .alreadyExists { throw error }
    }
  }
}

/// Returns the queue with this name, or nil if it does not exist.
func attachQueue(_ name: String) throws -> SharedQueue<Message>? {
  do { return try SharedQueue.attach(name) } catch {
    if error.underlying?.code == .notFound { return nil }
    throw error
  }
}

func serve(_ name: String) throws {
  let queue = try openQueue(name)
  print("serving as process \(getpid()), \(queue.count) messages waiting")
  // Reports the items that a killed server had taken and not marked as done. The queue reports them
  // once.
  do { try queue.join(timeout: .zero) } catch { print("the last server was killed: \(error)") }
  fflush(nil)
  for message in queue {
    print("served: \(message.text)")
    fflush(nil)
    try queue.markDone()
  }
  try queue.unlink()
}

func send(_ texts: ArraySlice<String>, _ name: String) throws {
  let queue = try SharedQueue<Message>.attach(name)
  for text in texts {
    // The queue is full if no server has taken any of 16 messages.
    try queue.put(Message(sender: Int(getpid()), text: text), timeout: .seconds(2))
  }
}

func stop(_ name: String) throws { try SharedQueue<Message>.attach(name).close() }

// MARK: - Everything

func showEverything(name: String) throws {
  // Unlinks the name also after an error.
  defer { try? SharedQueue<Message>.unlink(name) }
  let first = try startAgain(name, "serve")
  let queue = try waitForQueue(name)
  try startAgain(name, "send", "one", "two").end()
  // Waits until the server has marked both messages as done.
  try queue.join(timeout: .seconds(30))

  kill(first.processIdentifier, SIGKILL)
  first.waitUntilExit()
  print("the server was killed by signal \(first.terminationStatus)")
  fflush(nil)
  try startAgain(name, "send", "three, while no server runs").end()

  let second = try startAgain(name, "serve")
  try startAgain(name, "send", "four").end()
  try startAgain(name, "stop").end()
  try second.end()
  do { try send(["five"], name) } catch { print("after the end: \(error)") }
}

/// Waits until the server has created the queue. A name appears only when the queue is complete.
func waitForQueue(_ name: String) throws -> SharedQueue<Message> {
  for _ in 0..<1_000 {
    if let queue = try attachQueue(name) { return queue }
    usleep(10_000)
  }
  return try SharedQueue.attach(name)
}

/// Starts this program again, with other arguments.
func startAgain(_ name: String, _ arguments: String...) throws -> Process {
  let process = Process()
  process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
  process.arguments = arguments
  process.environment = ProcessInfo.processInfo.environment.merging(["NAMED_QUEUE": name]) { $1 }
  try process.run()
  return process
}

extension Process {
  /// Waits for the process to exit. Throws unless its exit code is 0.
  func end() throws {
    waitUntilExit()
    if terminationStatus != 0 { throw ProcessFailed(arguments: arguments ?? [], status: terminationStatus) }
  }
}

struct ProcessFailed: Error {
  let arguments: [String]
  let status: Int32
}

func complain(_ text: String) {
  FileHandle.standardError.write(Data("\(text)\n".utf8))
}
