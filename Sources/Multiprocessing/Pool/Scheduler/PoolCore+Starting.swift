internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

/// The data needed to start a worker, collected under the lock.
struct PoolStart {
  let index: Int
  let life: WorkerLife
  let setup: PoolSetup
  /// The parent's end of the worker's socket.
  let socket: DescriptorBox
  let template: ForkTemplate?
  /// The kernel's counts of out-of-memory kills before the start.
  let killsBefore: MemoryKills
}

/// Workers are started without the lock. A fork may have to wait for a BLAS call of another thread,
/// and a fork server may be stopped for seconds, while calls of the pool go on. The number of the
/// worker is reserved first. Its socket is read from then on, because the worker may have done work
/// before the starting thread adds it to the pool.
extension PoolCore {
  /// Starts the missing workers.
  ///
  /// - Throws: The error of the first start that fails. The remaining workers are not tried then.
  func startMissing() throws(ProcessError) {
    while let start = try nextStart() {
      do throws(ProcessError) {
        let process = try process(of: start)
        WorkerList.add(process)
        locked { admit(process, start) }
      } catch {
        locked {
          workers.cancelStart(start.index)
          EventRing(of: WorkerRecord(region: region, index: start.index))?.close()
        }
        throw error
      }
    }
  }

  /// The lowest number without a worker that no thread is about to start; nil if the pool needs no
  /// worker.
  var missingIndex: Int? {
    guard broken == nil, !idleShutdown.isResting, !isClosed || !jobs.isEmpty else { return nil }
    if WorkerList.isEnding.load(ordering: .sequentiallyConsistent) { return nil }
    return workers.missingIndex
  }

  private func nextStart() throws(ProcessError) -> PoolStart? {
    let result: Result<PoolStart?, ProcessError> = locked {
      guard let index = missingIndex else { return .success(nil) }
      do throws(ProcessError) { return .success(try reserve(index)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  private func reserve(_ index: Int) throws(ProcessError) -> PoolStart {
    // The exit of the program kills a pool's worker like a daemon, but the worker may start
    // processes.
    let life = try WorkerLife.ofNewWorker(name: "\(options.name)-\(index)", isDaemon: false)
    let own: DescriptorBox
    let setup: PoolSetup
    do throws(SystemError) {
      var pair = try SocketPair()
      own = DescriptorBox(pair.takeOwn())
      setup = PoolSetup(
        index: index, byteCount: region.byteCount, mostTasks: options.mostTasks,
        mostBytes: options.mostBytes,
        core: options.pins && workers.wanted == ComputeBudget.allowedCores ? index : -1,
        threadCount: options.threadCount,
        spinNanoseconds: index < ComputeBudget.cores - 1 ? 30_000 : 0, initializer: options.initializer,
        argument: options.argument,
        memory: DescriptorBox(try OwnedDescriptor(duplicating: region.descriptor.rawValue)),
        socket: DescriptorBox(try OwnedDescriptor(duplicating: pair.other.rawValue)))
    } catch {
      throw life.startError(error)
    }
    let record = WorkerRecord(region: region, index: index)
    // SAFETY: `region` keeps the record of the worker mapped, and its words are aligned.
    unsafe record.state.pointee.store(WorkerRecord.absent, ordering: .sequentiallyConsistent)
    unsafe record.engaged.pointee.store(0, ordering: .sequentiallyConsistent)
    if index >= region.usedWorkers { region.usedWorkers = index + 1 }
    prepareEvents(index)
    workers.reserve(index, own)
    return PoolStart(
      index: index, life: life, setup: setup, socket: own, template: template, killsBefore: MemoryKills.now())
  }

  private func admit(_ process: ProcessCore, _ start: PoolStart) {
    workers.admit(
      PoolWorkerHandle(process: process, socket: start.socket, killsBefore: start.killsBefore), start.index)
    // A call that killed the pool in the meantime did not know of this worker.
    if broken != nil { process.signal(9) }
    // The manager thread waits for the worker's end from now on.
    callManager()
  }

  // MARK: The process

  private func process(of start: PoolStart) throws(ProcessError) -> ProcessCore {
    let life = start.life
    if let template = start.template {
      return try template.startProcess(
        start.index, sending: EncodedMessage(try life.encode(start.setup)), isDaemon: true)
    }
    let (process, restart) = try Self.process(life, start.setup, options.method)
    return ProcessCore(
      name: life.name, isDaemon: true, method: options.method, start: process, restart: restart)
  }

  private typealias Restart = @Sendable () throws(ProcessError) -> ProcessCore.Start

  private static func process(
    _ life: WorkerLife, _ setup: PoolSetup, _ method: StartMethod
  ) throws(ProcessError) -> (ProcessCore.Start, Restart?) {
    guard method == .fork else {
      let name = try PoolWorker.resolvableName()
      return (try ProcessCore.Start(life, name, try life.encode(setup), fromServer: method != .spawn), nil)
    }
    let fork: Restart = { () throws(ProcessError) in
      let message = ResultSlot(try life.encode(setup))
      return try ProcessCore.Start(forking: life) { try PoolWorker.perform(message.take()!) }
    }
    return (try fork(), fork)
  }
}
