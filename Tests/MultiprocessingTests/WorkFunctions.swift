import Glibc
import Multiprocessing
import SharedArraysTransfer

// SAFETY: the C functions get pointers to local variables, and `strdup` null-terminates the
// arguments, which are never freed. `getenv` returns a string that no other thread of the worker
// changes.

// The work functions of the worker-process tests. New processes of the test program find the types
// by their names.

enum Cube: WorkFunction {
  static func call(_ n: Int) -> Int { n * n * n }
}

/// Returns the input.
enum Echo<Value: Transferable>: WorkFunction {
  static func call(_ value: Value) -> Value { value }
}

struct Order: Codable, Hashable, Transferable {
  var name: String
  var numbers: [Double]
  var options: [String: Int?]
}

struct Refusal: Error, CustomStringConvertible {
  var description: String { "the input is odd" }
}

enum EvenOnly: WorkFunction {
  static func call(_ n: Int) throws -> Int {
    if n % 2 != 0 { throw Refusal() }
    return n / 2
  }
}

/// Sends itself a signal; 0 is a trap, a negative number an exit with that number's absolute value.
enum Die: WorkFunction {
  static func call(_ signal: Int) -> Int {
    if signal == 0 { fatalError("a trap requested by a test") }
    if signal < 0 { exit(CInt(-signal)) }
    // Some signals are ignored by default and have no effect here.
    kill(getpid(), CInt(signal))
    return signal
  }
}

enum Sleep: WorkFunction {
  static func call(_ milliseconds: Int) -> Int {
    usleep(UInt32(milliseconds) * 1000)
    return milliseconds
  }
}

/// A worker's report about itself.
struct Account: Codable, Transferable {
  var pid: Int
  var name: String
  var parent: Int
  var depth: Int
  var isDaemon: Bool
  var descriptors: [Int]
  var blockedSignals: Int
  var marker: String?
}

enum Report: WorkFunction {
  static func call(_ input: NoValue) -> Account {
    var mask = sigset_t()
    unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
    return Account(
      pid: CurrentProcess.pid, name: CurrentProcess.name, parent: CurrentProcess.parent ?? -1,
      depth: CurrentProcess.depth, isDaemon: CurrentProcess.isDaemon,
      descriptors: (0..<1024).filter { fcntl(CInt($0), F_GETFD) >= 0 },
      blockedSignals: (1..<32).count { unsafe sigismember(&mask, CInt($0)) == 1 },
      marker: unsafe getenv("SHAREDARRAYS_WORKER").map { unsafe String(cString: $0) })
  }
}

/// Starts a worker of its own, by the same method, until a depth is reached; returns the depth
/// reached.
struct Descent: Codable, Transferable {
  var goal: Int
  var method: String
}

enum Descend: WorkFunction {
  static func call(_ descent: Descent) throws -> Int {
    if CurrentProcess.depth >= descent.goal { return CurrentProcess.depth }
    let method = StartMethod(rawValue: descent.method)!
    return try WorkerProcess.start(Descend.self, descent, method: method).result()
  }
}

/// Starts programs that are not workers, in their own session, and waits for them.
enum StartPrograms: WorkFunction {
  static func call(_ seconds: Int) -> Int {
    let arguments: [String] = ["setsid", "sh", "-c", "sleep \(seconds) & sleep \(seconds) & wait"]
    var words = unsafe arguments.map { unsafe strdup($0) }
    unsafe words.append(nil)
    var pid: pid_t = 0
    unsafe posix_spawnp(&pid, "setsid", nil, nil, &words, environ)
    waitpid(pid, nil, 0)
    return 0
  }
}

private enum Hidden: WorkFunction {
  static func call(_ n: Int) -> Int { n }
}

/// Starts a function whose type has no name that another process could find.
func startHidden() throws -> WorkerProcess<Int> { try WorkerProcess.start(Hidden.self, 1, method: .spawn) }
