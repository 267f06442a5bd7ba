import Glibc
import Multiprocessing
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the paths are null-terminated for the calls, which keep no pointers.

private let methods: [StartMethod] = [.fork, .spawn, .forkServer]

/// Connects to a path and sends a number.
enum CallUp: WorkFunction {
  static func call(_ path: String) throws -> Int {
    let connection = try Connection.connect(path: path, timeout: .seconds(30))
    try connection.send(CurrentProcess.pid)
    return try connection.receive(Int.self)
  }
}

@Suite(.serialized, .timeLimit(.minutes(5)))
struct ConnectionListenerTests {
  @Test(arguments: methods)
  func `workers reach a listener by its path, also before it listens`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let path = temporaryPath()
        let early = try WorkerProcess.start(CallUp.self, path, method: method)
        sleepFor(milliseconds: 30)
        let listener = try ConnectionListener(path: path)
        let late = try WorkerProcess.start(CallUp.self, path, method: method)
        for _ in 0..<2 {
          let connection = try listener.accept(timeout: .seconds(30))
          try connection.send(2 * connection.receive(Int.self))
        }
        for worker in [early, late] { #expect(try worker.result(timeout: .seconds(30)) == 2 * worker.pid) }
        listener.close()
        #expect(!exists(path))
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a listener's file is private to its user and removed when it is closed or dropped`() throws {
    let path = temporaryPath()
    let before = umask(0)
    defer { umask(before) }
    var listener: ConnectionListener? = try ConnectionListener(path: path)
    var status = stat()
    #expect(unsafe lstat(path, &status) == 0 && status.st_mode & 0o7777 == 0o600)
    listener?.close()
    listener?.close()
    #expect(!exists(path) && listener?.isClosed == true)
    #expect(connectionError { _ = try listener?.accept() }?.code == .closed)
    listener = try ConnectionListener(path: path)
    #expect(exists(path))
    listener = nil
    #expect(!exists(path))
  }

  @Test func `connecting without a listener fails, and accepting without a client times out`() throws {
    let path = temporaryPath()
    #expect(connectionError { _ = try Connection.connect(path: path) }?.code == .notFound)
    let start = monotonicNanoseconds()
    #expect(
      connectionError { _ = try Connection.connect(path: path, timeout: .milliseconds(30)) }?.code
        == .notFound)
    #expect(monotonicNanoseconds() - start >= 30_000_000)
    let listener = try ConnectionListener(path: path)
    for timeout: Duration in [.zero, .seconds(-1), .milliseconds(30)] {
      #expect(connectionError { _ = try listener.accept(timeout: timeout) }?.code == .timedOut)
    }
    listener.close()
  }

  @Test func `neither a living listener nor a file that is no socket is replaced`() throws {
    let path = temporaryPath()
    let listener = try ConnectionListener(path: path)
    let error = connectionError { _ = try ConnectionListener(path: path) }
    #expect(error?.code == .alreadyExists && error?.description.contains(path) == true)
    // The failed attempt did not count as a connection.
    #expect(connectionError { _ = try listener.accept(timeout: .zero) }?.code == .timedOut)
    let client = try Connection.connect(path: path)
    try client.send(1)
    #expect(try listener.accept(timeout: .zero).receive(Int.self) == 1)
    listener.close()
    let file = unsafe open(path, O_CREAT | O_WRONLY, 0o600)
    close(file)
    #expect(connectionError { _ = try ConnectionListener(path: path) }?.code == .alreadyExists)
    #expect(exists(path))
    #expect(connectionError { _ = try Connection.connect(path: path) }?.code == .notFound)
    unsafe unlink(path)
  }

  @Test func `a killed listener's file is replaced, and closing leaves the successor's file alone`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let path = temporaryPath()
        for _ in 0..<5 {
          let termination = try forkedChild {
            let listener = try? ConnectionListener(path: path)
            if listener != nil { kill(getpid(), SIGKILL) }
            return 1
          }
          #expect(termination == .signaled(9) && exists(path))
        }
        let listener = try ConnectionListener(path: path)
        // The file is removed, and another listener creates its own.
        unsafe unlink(path)
        let successor = try ConnectionListener(path: path)
        listener.close()
        #expect(exists(path))
        let client = try Connection.connect(path: path)
        try client.send(7)
        #expect(try successor.accept(timeout: .zero).receive(Int.self) == 7)
        successor.close()
        #expect(!exists(path))
      }
    }
  }

  @Test func `exactly one of many processes gets the path of a dead listener`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        for _ in 0..<10 {
          let path = temporaryPath()
          let words = try SharedWords()
          _ = try forkedChild {
            if (try? ConnectionListener(path: path)) != nil { kill(getpid(), SIGKILL) }
            return 1
          }
          let ends = try forkedChildren(8) {
            words.add(1, to: 0)
            _ = waitUntil { words[0] == 8 }
            let listener = try? ConnectionListener(path: path)
            if listener != nil { words.add(1, to: 1) }
            words.add(1, to: 2)
            _ = waitUntil { words[2] == 8 }
            listener?.close()
            return 0
          }
          #expect(ends.allSatisfy { $0 == .exited(code: 0) } && words[1] == 1)
          #expect(!exists(path))
        }
      }
    }
  }

  @Test func `a listener closed in a forked child stays open in the parent and keeps its file`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let path = temporaryPath()
        let listener = try ConnectionListener(path: path)
        let termination = try forkedChild {
          listener.close()
          return listener.isClosed ? 0 : 1
        }
        #expect(termination == .exited(code: 0) && exists(path))
        let client = try Connection.connect(path: path)
        _ = try listener.accept(timeout: .seconds(5))
        client.close()
        listener.close()
      }
    }
  }

  @Test func `paths that no socket can have are refused`() throws {
    let long = "/tmp/" + String(repeating: "x", count: 103)
    for path in ["", long, "/tmp/a\0b", "/tmp/"] {
      #expect(connectionError { _ = try ConnectionListener(path: path) }?.code == .invalidPath, "\(path)")
    }
    for path in ["", long, "/tmp/a\0b"] {
      #expect(connectionError { _ = try Connection.connect(path: path) }?.code == .invalidPath, "\(path)")
    }
    let longest = "/tmp/" + String(repeating: "x", count: 102)
    try ConnectionListener(path: longest).close()
    #expect(!exists(longest))
    let missing = connectionError { _ = try ConnectionListener(path: "/tmp/no/such/folder") }
    #expect(missing?.code == .system && missing?.underlying?.code == ENOENT)
  }

  @Test(.needsRoot)
  func `a process of another user is refused on both sides, and the listener continues`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let path = temporaryPath()
        let listener = try ConnectionListener(path: path)
        unsafe chmod(path, 0o666)
        let termination = try forkedChild {
          if setuid(65_534) != 0 { return 1 }
          return connectionError { _ = try Connection.connect(path: path) }?.code == .foreignUser ? 0 : 2
        }
        #expect(termination == .exited(code: 0))
        // The client has already disconnected, so it is skipped or refused.
        let error = connectionError { _ = try listener.accept(timeout: .milliseconds(50)) }
        #expect(error?.code == .timedOut || error?.code == .foreignUser)
        let words = try SharedWords()
        var stranger = try startChild {
          if setuid(65_534) != 0 { return 1 }
          let socket = try? OwnedDescriptor.connected(to: path)
          words[0] = 1
          return socket != nil && words.wait(for: 1) ? 0 : 2
        }
        #expect(words.wait(for: 0))
        #expect(connectionError { _ = try listener.accept(timeout: .seconds(10)) }?.code == .foreignUser)
        words[1] = 1
        #expect(try stranger.ends() && stranger.reap() == .exited(code: 0))
        let client = try Connection.connect(path: path)
        try client.send(1)
        #expect(try listener.accept(timeout: .seconds(10)).receive(Int.self) == 1)
        listener.close()
      }
    }
  }
}

private func exists(_ path: String) -> Bool {
  var status = stat()
  return unsafe lstat(path, &status) == 0
}

private func temporaryPath() -> String { "/tmp/listener-\(getpid())-\(try! randomBits() % 1_000_000)" }
