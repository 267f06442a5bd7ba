// Programs that were started on their own talk through a queue that they find by its name.
//
//   named-queue                  shows everything: the other processes are this program, started again
//   named-queue serve            makes the queue, or finds the one of a server that was killed, and prints what comes
//   named-queue send TEXT...     in another terminal: puts messages in
//   named-queue stop             closes the queue: the server prints what is left, removes the name and ends
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

/// Both sides have the type from the same module, which is checked when the queue is attached.
struct Message: Codable, Transferable {
  var sender: Int
  var text: String
}

/// Makes the queue, or finds the one that is there. Its name stays until it is removed, whoever dies: messages wait for a server.
func openQueue(_ name: String) throws -> SharedQueue<Message> {
  while true {
    if let queue = try attachQueue(name) { return queue }
    do {
      return try SharedQueue.create(name, capacity: 16, tracksItems: true, lifetime: .persistent)
    } catch {
      // Another one was faster: then there is one to attach.
      if error.underlying?.code != .alreadyExists { throw error }
    }
  }
}

/// The queue of that name; nil if there is none.
func attachQueue(_ name: String) throws -> SharedQueue<Message>? {
  do { return try SharedQueue.attach(name) } catch {
    if error.underlying?.code == .notFound { return nil }
    throw error
  }
}

func serve(_ name: String) throws {
  let queue = try openQueue(name)
  print("serving as process \(getpid()), \(queue.count) messages waiting")
  // What a server that was killed had taken, and had not said to be done. To be told once is enough.
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
    // Full, if no server has come for 16 messages.
    try queue.put(Message(sender: Int(getpid()), text: text), timeout: .seconds(2))
  }
}

func stop(_ name: String) throws { try SharedQueue<Message>.attach(name).close() }

// MARK: - Everything

func showEverything(name: String) throws {
  // Whatever goes wrong, no name is left.
  defer { try? SharedQueue<Message>.unlink(name) }
  let first = try startAgain(name, "serve")
  let queue = try waitForQueue(name)
  try startAgain(name, "send", "one", "two").end()
  // Until the server has said that they are done.
  try queue.join(timeout: .seconds(30))

  kill(first.processIdentifier, SIGKILL)
  first.waitUntilExit()
  print("the server was killed by signal \(first.terminationStatus)")
  fflush(nil)
  try startAgain(name, "send", "three, while there is no server").end()

  let second = try startAgain(name, "serve")
  try startAgain(name, "send", "four").end()
  try startAgain(name, "stop").end()
  try second.end()
  do { try send(["five"], name) } catch { print("after the end: \(error)") }
}

/// The queue is there, whole, as soon as the server has made it.
func waitForQueue(_ name: String) throws -> SharedQueue<Message> {
  for _ in 0..<1_000 {
    if let queue = try attachQueue(name) { return queue }
    usleep(10_000)
  }
  return try SharedQueue.attach(name)
}

/// Starts this program once more, with other arguments.
func startAgain(_ name: String, _ arguments: String...) throws -> Process {
  let process = Process()
  process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
  process.arguments = arguments
  process.environment = ProcessInfo.processInfo.environment.merging(["NAMED_QUEUE": name]) { $1 }
  try process.run()
  return process
}

extension Process {
  /// Waits until it has ended well.
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
