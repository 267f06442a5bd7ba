internal import SharedArraysSystem
internal import SharedArraysTransfer

/// The process this code runs in, as far as this package has made it.
///
/// Surviving death: all of it is private memory. A worker writes it once, before it runs any work; a process that some
/// other code forks inherits what its parent was.
struct WorkerLife: Sendable {
  var name: String
  var isDaemon: Bool
  /// The process that asked for this one.
  var parent: Int
  /// 0 for a program that a person started, 1 for its workers, and so on.
  var depth: Int

  /// Nil in a program that is nobody's worker.
  static var own: WorkerLife? {
    unsafe state
  }

  // Written before the worker runs anything of the program's, and only read from then on.
  nonisolated(unsafe) private static var state: WorkerLife?

  /// The most workers of workers of workers.
  static let deepest = 10

  /// What a worker of this process begins with.
  ///
  /// - Throws: `notAllowed` in a daemon, or in a worker as deep as workers may be.
  static func ofNewWorker(name: String, isDaemon: Bool) throws(ProcessError) -> WorkerLife {
    if let own, own.isDaemon {
      throw ProcessError(
        .notAllowed, name: name,
        message: "\(own.name.debugDescription) is a daemon, and daemons start no processes")
    }
    let depth = (own?.depth ?? 0) + 1
    if depth > deepest {
      throw ProcessError(
        .notAllowed, name: name,
        message: "its parent is a worker of a worker, \(deepest) times over, which is the most")
    }
    return WorkerLife(name: name, isDaemon: isDaemon, parent: currentProcess(), depth: depth)
  }

  // MARK: Before a fork

  /// Does once, in the parent, what every worker does: functions are bound and types found then, which each forked worker
  /// would have to do again, at the price of a page fault for every page it touches.
  static let rehearsal: Void = {
    guard var pair = try? SocketPair(), let message = try? TransferMessage(encoding: Empty()) else { return }
    let own = pair.takeOwn()
    try? WorkerMessage.send(.started, over: pair.other)
    try? WorkerMessage.send(
      .result, payload: message.bytes, descriptors: message.rawDescriptors, over: pair.other)
    _ = try? WorkerMessage.receive(from: own, mayWait: true)
    if var answer = try? WorkerMessage.receive(from: own, mayWait: true), let value = try? answer.takeValue()
    {
      _ = try? value.decode(as: Empty.self)
    }
  }()

  // MARK: In the worker

  /// Runs a piece of work, tells the parent what came of it, and returns the exit code of the process.
  func run(over socket: borrowing OwnedDescriptor, _ work: () throws -> TransferMessage) -> CInt {
    unsafe Self.state = self
    do {
      try WorkerMessage.send(.started, over: socket)
      let message: TransferMessage
      do { message = try work() } catch let error as TransferError {
        try WorkerMessage.send(.refusal, "", error.description, over: socket)
        return 1
      } catch {
        try WorkerMessage.send(
          .failure, String(describing: type(of: error)), String(describing: error), over: socket)
        return 1
      }
      do throws(SystemError) {
        try WorkerMessage.send(
          .result, payload: message.bytes, descriptors: message.rawDescriptors, over: socket)
        return 0
      } catch {
        // The parent has closed its end, or too many descriptors are on their way.
        try WorkerMessage.send(.refusal, "", error.description, over: socket)
        return 1
      }
    } catch {
      // Nobody listens any more.
      return 1
    }
  }

  /// Waits for a job at `socket`, does it, and leaves the process.
  static func serve(_ socket: consuming OwnedDescriptor) -> Never {
    guard var job = try? WorkerMessage.receive(from: socket, mayWait: true), job.kind == .job,
      let life = WorkerLife(text: job.second)
    else { exitWorker(1) }
    let name = job.first
    let code = life.run(over: socket) {
      guard let function = function(named: name) else {
        throw TransferError(.invalidValue, "no function is called \(name) in this process")
      }
      return try function.perform(job.takeValue())
    }
    exitWorker(code)
  }

  static func function(named name: String) -> (any WorkFunction.Type)? {
    _typeByName(name) as? any WorkFunction.Type
  }

  // MARK: As text

  var text: String { "\(isDaemon ? 1 : 0) \(parent) \(depth) \(name)" }

  init(name: String, isDaemon: Bool, parent: Int, depth: Int) {
    self.name = name
    self.isDaemon = isDaemon
    self.parent = parent
    self.depth = depth
  }

  init?(text: String) {
    let words = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    guard words.count == 4, let parent = Int(words[1]), let depth = Int(words[2]) else { return nil }
    self.init(name: String(words[3]), isDaemon: words[0] == "1", parent: parent, depth: depth)
  }
}
