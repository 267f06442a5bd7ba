internal import SharedArraysSystem
internal import SharedArraysTransfer

/// The properties of a process that this package has started as a worker.
///
/// Crash safety: all of it is private memory. A worker writes it once, before it runs any work. A
/// process that other code forks inherits the properties of its parent.
struct WorkerLife: Sendable {
  var name: String
  var isDaemon: Bool
  /// The pid of the process that requested this one.
  var parent: Int
  /// The nesting depth: 0 for a program that a person started, 1 for its workers, and so on.
  var depth: Int

  /// The properties of this process; nil in a program that is not a worker.
  static var own: WorkerLife? {
    unsafe state
  }

  // SAFETY: the worker writes this before it runs any code of the program. After that it is only
  // read.
  nonisolated(unsafe) private static var state: WorkerLife?

  /// The greatest nesting depth of workers.
  static let deepest = 10

  /// Returns the properties of a new worker of this process.
  ///
  /// - Throws: `notAllowed` in a daemon, or in a worker at the greatest nesting depth.
  static func ofNewWorker(name: String, isDaemon: Bool) throws(ProcessError) -> WorkerLife {
    if let own, own.isDaemon {
      throw ProcessError(
        .notAllowed, name: name,
        message: "\(own.name.debugDescription) is a daemon, and a daemon may not start processes")
    }
    let depth = (own?.depth ?? 0) + 1
    if depth > deepest {
      throw ProcessError(
        .notAllowed, name: name,
        message: "the nesting depth of its parent is \(deepest), which is the maximum")
    }
    return WorkerLife(name: name, isDaemon: isDaemon, parent: currentProcess(), depth: depth)
  }

  // MARK: Before a fork

  /// Performs once, in the parent, the steps that every worker performs, so that functions are
  /// bound and types found. Otherwise each forked worker would have to do that again, at the cost
  /// of a page fault for every page it touches.
  static let rehearsal: Void = {
    guard var pair = try? SocketPair(), let message = try? TransferMessage(encoding: NoValue()) else {
      return
    }
    let own = pair.takeOwn()
    try? WorkerMessage.send(.started, over: pair.other)
    try? WorkerMessage.send(
      .result, payload: message.bytes, descriptors: message.rawDescriptors, over: pair.other)
    _ = try? WorkerMessage.receive(from: own, mayWait: true)
    if var answer = try? WorkerMessage.receive(from: own, mayWait: true), let value = try? answer.takeValue()
    {
      _ = try? value.decode(as: NoValue.self)
    }
  }()

  // MARK: In the worker

  /// Runs the work, sends its outcome to the parent, and returns the exit code of the process.
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
        // The parent has closed its end, or too many descriptors are in flight.
        try WorkerMessage.send(.refusal, "", error.description, over: socket)
        return 1
      }
    } catch {
      // The parent no longer listens.
      return 1
    }
  }

  /// Waits for a job on `socket`, runs it, and exits the process.
  static func serve(_ socket: consuming OwnedDescriptor) -> Never {
    guard var job = try? WorkerMessage.receive(from: socket, mayWait: true), job.kind == .job,
      let life = WorkerLife(text: job.second)
    else { exitWorker(1) }
    let name = job.first
    let code = life.run(over: socket) {
      guard let function = function(named: name) else {
        throw TransferError(.invalidValue, "this process has no function named \(name)")
      }
      return try function.perform(job.takeValue())
    }
    exitWorker(code)
  }

  static func function(named name: String) -> (any WorkFunction.Type)? {
    _typeByName(name) as? any WorkFunction.Type
  }

  // MARK: Text form

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
