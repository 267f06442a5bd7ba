internal import SharedArraysSystem

/// Where a program that was started anew as a worker becomes one.
public enum WorkerMain {
  /// Runs the work of a worker, and does not return, if this process was started as one; else does nothing.
  ///
  /// Most programs need no call: a worker is one before its `main` begins. Call this at the top of `main` if work functions
  /// use what `main` sets up before, or if this package is linked as a dynamic library, where the program's types do not
  /// exist before `main`.
  ///
  /// - Precondition: no worker has been started yet.
  public static func runIfNeeded() {
    unsafe isCalled = true
    guard let mode = environmentValue("SHAREDARRAYS_WORKER"), mode.hasPrefix("main-") else { return }
    restoreEnvironment()
    begin(String(mode.dropFirst(5)))
  }

  // Written at the top of `main`, before there are other threads.
  nonisolated(unsafe) private static var isCalled = false

  /// The mode that a new process of this program is started with.
  ///
  /// - Throws: `unsupportedMethod` if neither this package is part of the program nor `main` does its part.
  static func mode(_ mode: String) throws(ProcessError) -> String {
    if unsafe isCalled { return "main-" + mode }
    if isLinkedStatically { return mode }
    throw ProcessError(
      .unsupportedMethod,
      message:
        "SharedArrays is linked as a dynamic library; call WorkerMain.runIfNeeded() at the top of main, or link it "
        + "statically")
  }

  static func begin(_ mode: String) -> Never {
    resetSignals()
    if !tieToParent(OwnedDescriptor(owning: 4)) { exitWorker(1) }
    let socket = OwnedDescriptor(owning: 3)
    if mode == "server" {
      _ = ForkServerLoop.run(socket, .program)
      // Its workers never come back here.
      exitWorker(1)
    }
    WorkerLife.serve(socket)
  }

  /// Closes the line, of which the kernel keeps what it needs.
  private static func tieToParent(_ lifeLine: consuming OwnedDescriptor) -> Bool {
    (try? LifeLine.dieWith(lifeLine.rawValue)) != nil
  }
}

/// Called before `main` in a program that was started anew as a worker.
@_cdecl("sharedarrays_worker_main")
func workerMain(_ mode: UnsafePointer<CChar>) {
  WorkerMain.begin(unsafe String(cString: mode))
}
