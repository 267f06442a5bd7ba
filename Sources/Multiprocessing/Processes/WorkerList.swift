internal import Glibc
internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

/// The workers that this process has started and that have not ended, as far as it knows; and its fork server.
///
/// A forked child finds the list empty, whatever other threads of its parent were doing.
enum WorkerList {
  private final class Contents {
    var cores: [ProcessCore] = []
    var server: ForkServer?
  }

  private static func withContents<Result>(_ body: (Contents) throws(ProcessError) -> Result)
    throws(ProcessError)
    -> Result
  {
    let slot = ProcessSlot.workers
    slot.lock()
    defer { slot.unlock() }
    if let known = unsafe slot.reference {
      // SAFETY: whatever stands in the slot was put there below by this process, and is never released.
      return try body(unsafe Unmanaged<Contents>.fromOpaque(known).takeUnretainedValue())
    }
    let contents = Contents()
    unsafe slot.reference = Unmanaged.passRetained(contents).toOpaque()
    // The names of arrays go after them: a worker may be the last who uses one.
    TemporarySegments.seeToNamesAtExit()
    // Workers that are no daemons are waited for, as other things that a program has begun are finished.
    atexit { WorkerList.joinAll() }
    return try body(contents)
  }

  static func add(_ core: ProcessCore) {
    reapEnded()
    try? withContents { $0.cores.append(core) }
  }

  static func remove(_ core: ProcessCore) {
    try? withContents { contents in contents.cores.removeAll { $0 === core } }
  }

  /// Those that have not ended.
  static var living: [ProcessCore] {
    reapEnded()
    return known
  }

  private static var known: [ProcessCore] { (try? withContents { $0.cores }) ?? [] }

  /// So that no process that has ended stays a zombie longer than until the next one is started.
  private static func reapEnded() {
    for core in known { _ = try? core.look() }
  }

  /// Waits for all workers but daemons, which are killed.
  static func joinAll() {
    isEnding.store(true, ordering: .sequentiallyConsistent)
    // Another thread may be about to start one, in place of one that was killed: that is killed in the next round. If it comes
    // even later, it goes with this process, as all workers do.
    for _ in 0..<100 {
      let daemons = known.filter { $0.isDaemon }
      if daemons.isEmpty { break }
      for core in daemons { core.signal(9) }
      for core in daemons { _ = try? core.wait(until: Deadline(after: .milliseconds(100))) }
    }
    for core in known where !core.isDaemon { _ = try? core.wait(until: Deadline(after: nil)) }
  }

  /// Whether this process is about to end, and waits for its workers: pools replace none any more.
  static let isEnding = Atomic(false)

  /// The fork server, if there is one.
  static var knownServer: ForkServer? { (try? withContents { $0.server }) ?? nil }

  /// Ends the fork server, if there is one; its workers go on.
  static func endServer() {
    let server = try? withContents { contents in
      defer { contents.server = nil }
      return contents.server
    }
    // It is killed and reaped with its last reference.
    withExtendedLifetime(server) {}
  }

  /// The fork server, started if there is none; `replacing` one that does not answer any more.
  static func server(replacing dead: ForkServer? = nil) throws(ProcessError) -> ForkServer {
    try withContents { (contents) throws(ProcessError) in
      if let server = contents.server, server !== dead { return server }
      let server = try ForkServer()
      contents.server = server
      return server
    }
  }
}
