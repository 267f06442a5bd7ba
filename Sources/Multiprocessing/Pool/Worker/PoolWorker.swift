internal import SharedArraysSystem
internal import SharedArraysTransfer
internal import Synchronization

// SAFETY: the words of a region and its records are atomic, and `region` keeps them mapped. The
// bytes of an argument are copied while a span borrows them.

/// The parameters with which a worker of a pool is started.
struct PoolSetup: Transferable {
  let index: Int
  let byteCount: Int
  /// The number of tasks after which the worker leaves and another process takes its place; 0 for
  /// no limit.
  let mostTasks: Int
  /// The bytes of private memory above which the worker leaves as well; 0 for no limit.
  let mostBytes: Int
  /// The core on which the worker stays; -1 for any.
  let core: Int
  /// The number of threads OpenBLAS uses.
  let threadCount: Int
  /// The time for which the worker looks for work before it sleeps.
  let spinNanoseconds: Int
  /// The name of the function that prepares the worker, and the bytes of its encoded argument.
  let initializer: String?
  let argument: [UInt8]
  let memory: DescriptorBox
  let socket: DescriptorBox

  func encode(into writer: inout TransferWriter) throws(TransferError) {
    for number in [index, byteCount, mostTasks, mostBytes, core, threadCount, spinNanoseconds] {
      try writer.encode(number)
    }
    try writer.encode(initializer)
    try writer.encode(argument)
    try writer.encode(try writer.attach(descriptor: memory.descriptor.rawValue))
    try writer.encode(try writer.attach(descriptor: socket.descriptor.rawValue))
  }

  static func decode(from reader: inout TransferReader) throws(TransferError) -> PoolSetup {
    PoolSetup(
      index: try reader.decode(), byteCount: try reader.decode(), mostTasks: try reader.decode(),
      mostBytes: try reader.decode(), core: try reader.decode(), threadCount: try reader.decode(),
      spinNanoseconds: try reader.decode(),
      initializer: try reader.decode(), argument: try reader.decode(),
      memory: DescriptorBox(try reader.takeOwnedDescriptor(at: try reader.decode())),
      socket: DescriptorBox(try reader.takeOwnedDescriptor(at: try reader.decode())))
  }
}

/// The work function that a worker process of a pool runs for its whole life.
enum PoolWorker: WorkFunction {
  static func call(_ setup: PoolSetup) throws -> NoValue { try call(setup, nil) }

  /// Creates a process from which the workers of a pool bound to a closure are forked; nil for
  /// other pools.
  static func template(_ options: PoolCore.Options) throws(ProcessError) -> ForkTemplate? {
    guard let bound = options.bound, options.workers > 0 else { return nil }
    return try ForkTemplate(
      name: options.name, isDaemon: false,
      talking: { _, socket in
        guard var job = try WorkerMessage.receive(from: socket, mayWait: true), job.kind == .job else {
          return
        }
        _ = try call(try job.takeValue().decode(as: PoolSetup.self), bound)
      })
  }

  private static func call(_ setup: PoolSetup, _ bound: BoundWork?) throws -> NoValue {
    let region = try PoolRegion(
      OwnedDescriptor(duplicating: setup.memory.descriptor.rawValue), byteCount: setup.byteCount)
    let record = WorkerRecord(region: region, index: setup.index)
    unsafe record.pid.pointee.store(currentProcess(), ordering: .sequentiallyConsistent)
    if setup.core >= 0 { ComputeBudget.pin(toCore: setup.core) }
    ComputeBudget.setBLASThreads(setup.threadCount)
    if setup.initializer != nil {
      unsafe record.state.pointee.store(WorkerRecord.preparing, ordering: .sequentiallyConsistent)
    }
    if !isPrepared(setup) {
      unsafe record.state.pointee.store(WorkerRecord.unprepared, ordering: .sequentiallyConsistent)
      return NoValue()
    }
    var loop = PoolWorkerLoop(region: region, record: record, setup: setup, bound: bound)
    loop.run()
    unsafe record.state.pointee.store(WorkerRecord.retired, ordering: .sequentiallyConsistent)
    return NoValue()
  }

  /// Calls the initializer, and returns whether it succeeded. If it fails, sends the error to the
  /// parent.
  static func isPrepared(_ setup: PoolSetup) -> Bool {
    do {
      try prepare(setup)
      return true
    } catch {
      try? PoolMessage.failure(error, job: -1, generation: 0, chunk: 0, range: 0..<0, over: setup.socket)
      return false
    }
  }

  private static func prepare(_ setup: PoolSetup) throws {
    guard let name = setup.initializer else { return }
    guard let function = WorkerLife.function(named: name) else {
      throw TransferError(.invalidValue, "this process has no function named \(name)")
    }
    let argument = setup.argument
    let message = try unsafe TransferMessage(bytes: argument.span.bytes)
    _ = try function.perform(message)
  }
}

/// The messages that a worker sends to its parent over the socket, which keeps them if the worker
/// is killed.
enum PoolMessage {
  /// The job, the chunk and the inputs that a message is about.
  struct Place {
    var job = -1, generation: UInt32 = 0, chunk = 0, range = 0..<0

    var text: String { "\(job) \(generation) \(chunk) \(range.lowerBound) \(range.upperBound)" }

    init(job: Int, generation: UInt32, chunk: Int, range: Range<Int> = 0..<0) {
      (self.job, self.generation, self.chunk, self.range) = (job, generation, chunk, range)
    }

    init?(_ text: Substring) {
      let words = text.split(separator: " ")
      guard words.count == 5, let job = Int(words[0]), let generation = UInt32(words[1]),
        let chunk = Int(words[2]),
        let first = Int(words[3]), let end = Int(words[4]), first <= end
      else { return nil }
      self.init(job: job, generation: generation, chunk: chunk, range: first..<end)
    }
  }

  static func failure(
    _ error: any Error, job: Int, generation: UInt32, chunk: Int, range: Range<Int>,
    over socket: DescriptorBox
  ) throws(SystemError) {
    let place = Place(job: job, generation: generation, chunk: chunk, range: range).text
    if let error = error as? TransferError {
      try WorkerMessage.send(.refusal, place, error.description, over: socket.descriptor)
    } else {
      let first = place + "\n" + String(describing: type(of: error))
      try WorkerMessage.send(.failure, first, String(describing: error), over: socket.descriptor)
    }
  }

  /// Calls the manager in the parent, unless it has been called already.
  static func call(_ region: PoolRegion, over socket: DescriptorBox) {
    if unsafe region.isCalled.pointee.exchange(1, ordering: .sequentiallyConsistent) == 0 {
      try? WorkerMessage.send(.started, over: socket.descriptor)
    }
  }
}
