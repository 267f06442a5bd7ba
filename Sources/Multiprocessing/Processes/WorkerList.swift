internal import Glibc
internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

/// The workers that this process has started and that, as far as it knows, have not ended; and its
/// fork server.
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
      // SAFETY: this process stored the reference in the slot below, and never releases it.
      return try body(unsafe Unmanaged<Contents>.fromOpaque(known).takeUnretainedValue())
    }
    let contents = Contents()
    unsafe slot.reference = Unmanaged.passRetained(contents).toOpaque()
    // This exit handler is registered before the next one and runs after it: a worker may be the
    // last user of an array, so the names of arrays are unlinked after the workers have ended.
    TemporarySegments.seeToNamesAtExit()
    // The exit waits for workers that are not daemons, as for other work that the program has
    // started.
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

  /// The workers that have not ended.
  static var living: [ProcessCore] {
    reapEnded()
    return known
  }

  private static var known: [ProcessCore] { (try? withContents { $0.cores }) ?? [] }

  /// Reaps the workers that have ended, so that none stays a zombie longer than until the next
  /// start.
  private static func reapEnded() {
    for core in known { _ = try? core.look() }
  }

  /// Kills all daemons, and waits for all other workers.
  static func joinAll() {
    isEnding.store(true, ordering: .sequentiallyConsistent)
    // Another thread may be about to start a daemon in place of a killed one. The next round kills
    // that daemon. A daemon started even later dies with this process, as all workers do.
    for _ in 0..<100 {
      let daemons = known.filter { $0.isDaemon }
      if daemons.isEmpty { break }
      for core in daemons { core.signal(9) }
      for core in daemons { _ = try? core.wait(until: Deadline(after: .milliseconds(100))) }
    }
    for core in known where !core.isDaemon { _ = try? core.wait(until: Deadline(after: nil)) }
  }

  /// Whether this process is about to end and waits for its workers. Pools respawn no workers then.
  static let isEnding = Atomic(false)

  /// The fork server; nil if none has been started.
  static var knownServer: ForkServer? { (try? withContents { $0.server }) ?? nil }

  /// Ends the fork server, if one has been started. Its workers go on.
  static func endServer() {
    let server = try? withContents { contents in
      defer { contents.server = nil }
      return contents.server
    }
    // The last reference kills and reaps the server.
    withExtendedLifetime(server) {}
  }

  /// Returns the fork server, and starts one if none exists or if the existing one is `dead`, a
  /// server that no longer answers.
  static func server(replacing dead: ForkServer? = nil) throws(ProcessError) -> ForkServer {
    try withContents { (contents) throws(ProcessError) in
      if let server = contents.server, server !== dead { return server }
      let server = try ForkServer()
      contents.server = server
      return server
    }
  }
}
