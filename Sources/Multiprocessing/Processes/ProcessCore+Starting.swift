internal import SharedArraysSystem
internal import SharedArraysTransfer
internal import Synchronization

extension ProcessCore.Start {
  /// Forks a worker.
  init(forking life: WorkerLife, _ work: () throws -> TransferMessage) throws(ProcessError) {
    WorkerLife.rehearsal
    var pair: SocketPair
    do throws(SystemError) { pair = try SocketPair() } catch { throw life.startError(error) }
    let end = pair.other.rawValue
    do throws(ForkError) {
      let process = try ChildProcess.fork(waitingUntil: Deadline(after: .seconds(60))) {
        let code = life.run(over: OwnedDescriptor(owning: end), work)
        WorkerList.joinAll()
        return code
      }
      self.init(child: WorkerHandle(process), socket: WorkerSocket(pair.takeOwn()))
    } catch {
      throw life.startError(error)
    }
  }

  /// Starts a worker by spawning it or through the fork server, and sends it its job.
  init(
    _ life: WorkerLife, _ function: String, _ input: consuming TransferMessage, fromServer: Bool
  ) throws(ProcessError) {
    let mode = try WorkerMain.mode("worker")
    do throws(SystemError) {
      var pair = try SocketPair()
      let child: WorkerHandle
      if fromServer {
        child = try Self.served(by: pair.other, function)
      } else {
        child = WorkerHandle(try ChildProcess.spawn(mode: mode, socket: pair.other))
      }
      let own = pair.takeOwn()
      try WorkerMessage.send(
        .job, function, life.text, payload: input.bytes, descriptors: input.rawDescriptors, over: own)
      self.init(child: child, socket: WorkerSocket(own))
    } catch {
      throw life.startError(error)
    }
  }

  private static func served(by end: borrowing OwnedDescriptor, _ function: String) throws(SystemError)
    -> WorkerHandle
  {
    let deadline = Deadline(after: .seconds(10))
    var dead: ForkServer?
    while true {
      let server: ForkServer
      do throws(ProcessError) { server = try WorkerList.server(replacing: dead) } catch {
        throw error.underlying ?? SystemError(call: "posix_spawn", code: ErrorCode.noSuchProcess)
      }
      do throws(SystemError) {
        let (pid, handle, report) = try server.start(function, end, until: deadline)
        return WorkerHandle(pid: pid, handle: handle, report: report)
      } catch {
        // A killed server is replaced once for each request.
        if dead != nil || error.code != ErrorCode.brokenPipe { throw error }
        dead = server
      }
    }
  }
}

extension WorkerLife {
  func startError(_ error: SystemError) -> ProcessError {
    ProcessError(.cannotStart, name: name, underlying: error)
  }

  func startError(_ error: ForkError) -> ProcessError {
    switch error {
    case .computing:
      ProcessError(
        .cannotStart, name: name,
        message: "another thread was still in a BLAS call, during which OpenBLAS cannot be forked")
    case .system(let error): startError(error)
    }
  }

  func encode(_ input: some Transferable) throws(ProcessError) -> TransferMessage {
    do throws(TransferError) { return try TransferMessage(encoding: input) } catch {
      throw ProcessError(.notTransferable, name: name, message: error.description)
    }
  }
}

/// The names of workers that were started without a name.
enum WorkerNames {
  private static let count = Atomic(0)

  static func next() -> String { "worker-\(count.add(1, ordering: .relaxed).newValue)" }
}
