internal import Multiprocessing
internal import SharedArraysSystem

// SAFETY: This covers the whole file. The pointers that `body` and `results` receive lead into the
// results of `control`, which stay mapped until the call ends. A body receives the place of its own
// chunk, and `results` is called after all chunks are finished.

/// One parallel call. Its workers are forked, divide the chunks among themselves, and have ended
/// when it returns or throws.
package struct ForkedCall: ~Copyable {
  /// The options of a call.
  package struct Options: Sendable {
    package var workers: Int
    /// The time after which all workers are killed.
    package var timeout: Duration?
    /// The maximum time that a fork waits for BLAS calls of other threads.
    package var gateTimeout = Duration.seconds(60)
    /// The maximum time that a forked child may take to start.
    package var startTimeout = Duration.seconds(10)

    package init(workers: Int?, timeout: Duration?) {
      self.workers = workers ?? ComputeBudget.cores
      self.timeout = timeout
      if self.workers < 1 { fatalError("A parallel call needs at least one worker, not \(self.workers).") }
    }
  }

  private let options: Options
  private let end: Deadline
  private let control: ControlBlock
  private let isDynamic: Bool
  private let range: (Int) -> Range<Int>
  private var children: [Child] = []
  private var firstError: WorkerError?
  private var additionalFailureCount = 0

  /// A worker's process. It is a class because an array cannot hold noncopyable values.
  private final class Child {
    let worker: Int
    var process: ChildProcess
    var isRetry: Bool
    var suspicion = ForkDeadlockDetector()

    init(worker: Int, process: consuming ChildProcess, isRetry: Bool) {
      self.worker = worker
      self.process = process
      self.isRetry = isRetry
    }
  }

  /// Runs `body` for each of `chunks` chunks in forked workers.
  ///
  /// - Parameters:
  ///   - range: Returns the indices of a chunk.
  ///   - isDynamic: Whether workers claim chunks dynamically; otherwise worker `i` processes chunk
  ///     `i`.
  ///   - resultStride: The size of a result in bytes, or 0 for none.
  ///   - body: Processes a chunk and writes its result.
  ///   - results: Reads the results when all chunks are finished.
  package static func run<Result>(
    _ options: Options, chunks: Int, range: @escaping (Int) -> Range<Int>, isDynamic: Bool, resultStride: Int,
    body: (SlabInfo, UnsafeMutableRawPointer) throws -> Void, results: (UnsafeMutableRawPointer) -> Result
  ) throws(WorkerError) -> Result {
    var run = try ForkedCall(
      options, chunks: chunks, range: range, isDynamic: isDynamic, resultStride: resultStride)
    if chunks > 0 {
      try unsafe run.start(body)
      try unsafe run.wait(body)
    }
    return unsafe results(run.control.result(of: 0))
  }

  private init(
    _ options: Options, chunks: Int, range: @escaping (Int) -> Range<Int>, isDynamic: Bool, resultStride: Int
  ) throws(WorkerError) {
    self.options = options
    self.range = range
    self.isDynamic = isDynamic
    end = Deadline(after: options.timeout)
    do throws(SystemError) {
      control = try ControlBlock(
        workers: min(options.workers, max(chunks, 1)), chunks: chunks, resultStride: resultStride)
    } catch {
      var error = WorkerError(.cannotStart, worker: 0, message: error.description)
      if chunks > 0 { error.unfinishedRanges = [range(0).lowerBound..<range(chunks - 1).upperBound] }
      throw error
    }
  }

  // MARK: Starting

  private mutating func start(_ body: (SlabInfo, UnsafeMutableRawPointer) throws -> Void) throws(WorkerError)
  {
    if control.workers > mostWorkers {
      throw abandoning(
        .cannotStart, worker: mostWorkers, message: "a parallel call can have at most \(mostWorkers) workers")
    }
    for worker in 0..<control.workers { children.append(try unsafe fork(worker, isRetry: false, body)) }
  }

  private mutating func fork(
    _ worker: Int, isRetry: Bool, _ body: (SlabInfo, UnsafeMutableRawPointer) throws -> Void
  ) throws(WorkerError) -> Child {
    do throws(ForkError) {
      let gateEnd = Deadline.earlier(end, Deadline(after: options.gateTimeout))
      let process = try ChildProcess.fork(waitingUntil: gateEnd) {
        unsafe work(as: worker, body)
      }
      return Child(worker: worker, process: process, isRetry: isRetry)
    } catch {
      if case .computing = error, end.hasPassed {
        throw abandoning(.deadlineExceeded, worker: worker, message: Self.text(of: error))
      }
      throw abandoning(.cannotStart, worker: worker, message: Self.text(of: error))
    }
  }

  private static func text(of error: ForkError) -> String {
    switch error {
    case .computing:
      "another thread was still in a BLAS call, during which OpenBLAS cannot be forked"
    case .system(let error): error.description
    }
  }

  // MARK: In the child

  /// Runs a worker from start to end. The worker reports through its slot and its exit code.
  private func work(as worker: Int, _ body: (SlabInfo, UnsafeMutableRawPointer) throws -> Void) -> CInt {
    if !control.start(worker) { return 1 }
    do {
      if isDynamic {
        while let chunk = control.claim(by: worker) { try unsafe perform(chunk, worker, body) }
      } else {
        control.setCurrent(worker, of: worker)
        try unsafe perform(worker, worker, body)
      }
      control.setState(.finished, of: worker)
      return 0
    } catch {
      control.setError(type: String(describing: type(of: error)), text: String(describing: error), of: worker)
      control.setState(.failed, of: worker)
      control.stop()
      return 1
    }
  }

  private func perform(
    _ chunk: Int, _ worker: Int, _ body: (SlabInfo, UnsafeMutableRawPointer) throws -> Void
  ) throws {
    try unsafe body(SlabInfo(index: chunk, range: range(chunk), worker: worker), control.result(of: chunk))
    control.setFinished(chunk: chunk)
  }

  // MARK: Waiting

  private mutating func wait(_ body: (SlabInfo, UnsafeMutableRawPointer) throws -> Void) throws(WorkerError) {
    var startEnd = Deadline(after: options.startTimeout)
    var pause = Duration.milliseconds(50)
    while !children.isEmpty {
      let areStarting = children.contains { !control.hasStarted($0.worker) }
      let next = Deadline.earlier(areStarting ? .earlier(end, startEnd) : end, Deadline(after: pause))
      let ended = try endedChildren(until: next)
      for index in ended { finish(children[index]) }
      for index in ended.reversed() { children.remove(at: index) }
      if children.isEmpty { break }
      if end.hasPassed {
        throw abandoning(.deadlineExceeded, worker: children[0].worker, pid: children[0].process.pid)
      }
      if areStarting, startEnd.hasPassed {
        for child in children { child.suspicion = .certain }
        try unsafe restartStalled(body)
        startEnd = Deadline(after: options.startTimeout)
      } else if ended.isEmpty {
        // The checks are frequent soon after the fork, when a deadlock occurs, and then once a
        // second.
        pause = min(pause * 2, .seconds(1))
        for child in children { child.suspicion.note(isDeadlocked: child.process.isDeadlocked) }
        try unsafe restartStalled(body)
      }
    }
    if let firstError { throw finishing(firstError) }
    for chunk in 0..<control.chunks where !control.isFinished(chunk: chunk) {
      // Every worker reports that it has finished the chunks it took, so one process must have left
      // a body twice.
      let message = "a process that the body forked did not finish \(range(chunk))"
      throw abandoning(.died, worker: 0, message: message)
    }
  }

  private mutating func endedChildren(until deadline: Deadline) throws(WorkerError) -> [Int] {
    var ready = [UInt8](repeating: 0, count: children.count)
    do throws(SystemError) {
      _ = try pollDescriptors(children.map { $0.process.pollable }, ready: &ready, until: deadline)
    } catch {
      throw abandoning(.cannotStart, worker: children[0].worker, message: error.description)
    }
    return ready.indices.filter { ready[$0] != 0 }
  }

  /// Records how a worker ended.
  private mutating func finish(_ child: Child) {
    let termination = child.process.reap()
    let worker = child.worker
    let range = control.current(of: worker).map(range)
    let error: WorkerError
    switch (control.state(of: worker), termination) {
    case (.finished, .exited(0)), (.finished, .unknown): return
    case (.failed, .exited(1)), (.failed, .unknown):
      let (type, text) = control.error(of: worker)
      error = WorkerError(
        .threw, worker: worker, pid: child.process.pid, range: range, errorType: type, message: text)
    default:
      error = WorkerError(
        .died, worker: worker, pid: child.process.pid, range: range, termination: termination)
    }
    control.stop()
    if firstError == nil { firstError = error } else { additionalFailureCount += 1 }
  }

  /// Kills children that are deadlocked on a lock that another thread of this process held at the
  /// fork. Children that have not started are forked again, once.
  private mutating func restartStalled(
    _ body: (SlabInfo, UnsafeMutableRawPointer) throws -> Void
  ) throws(WorkerError) {
    for index in children.indices where children[index].suspicion.isCertain {
      let child = children[index]
      let hasBegun = !control.giveUp(child.worker)
      // A slow start is no deadlock once the child has started.
      if hasBegun, !child.process.isDeadlocked { continue }
      if hasBegun || child.isRetry {
        throw abandoning(.forkStalled, worker: child.worker, pid: child.process.pid)
      }
      child.process.kill()
      _ = child.process.reap()
      control.reopen(child.worker)
      children[index] = try unsafe fork(child.worker, isRetry: true, body)
    }
  }

  /// Kills and reaps the remaining workers. Returns the first failure, or an error with this code
  /// if none had failed before.
  private mutating func abandoning(
    _ code: WorkerError.Code, worker: Int, pid: Int? = nil, message: String? = nil
  ) -> WorkerError {
    if firstError != nil { additionalFailureCount += children.count }
    children.removeAll()
    let range = pid == nil ? nil : control.current(of: worker).map(range)
    return finishing(
      firstError ?? WorkerError(code, worker: worker, pid: pid, range: range, message: message))
  }

  /// Returns `error` with the facts about the whole run added.
  private func finishing(_ error: WorkerError) -> WorkerError {
    var error = error
    error.additionalFailureCount = additionalFailureCount
    for chunk in 0..<control.chunks where !control.isFinished(chunk: chunk) {
      let indices = range(chunk)
      if let last = error.unfinishedRanges.last, last.upperBound == indices.lowerBound {
        error.unfinishedRanges[error.unfinishedRanges.count - 1] = last.lowerBound..<indices.upperBound
      } else {
        error.unfinishedRanges.append(indices)
      }
    }
    return error
  }
}

/// The maximum number of processes that one call of `poll` here can watch.
private let mostWorkers = 1024
