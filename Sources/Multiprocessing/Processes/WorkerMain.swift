internal import SharedArraysSystem

/// The entry point of a program that was started again as a worker.
public enum WorkerMain {
  /// Runs the work of a worker and does not return, if this process was started as a worker.
  /// Otherwise does nothing.
  ///
  /// Most programs need no call, because a worker begins its work before `main`. Call this at the
  /// top of `main` if work functions use state that `main` sets up before the call. Call it also if
  /// this package is linked as a dynamic library, where the program's types do not exist before
  /// `main`.
  ///
  /// - Precondition: No worker has been started yet.
  public static func runIfNeeded() {
    unsafe isCalled = true
    guard let mode = environmentValue("SHAREDARRAYS_WORKER"), mode.hasPrefix("main-") else { return }
    restoreEnvironment()
    begin(String(mode.dropFirst(5)))
  }

  // SAFETY: written at the top of `main`, before other threads exist, and only read after that.
  nonisolated(unsafe) private static var isCalled = false

  /// Returns the mode with which a new process of this program is started.
  ///
  /// - Throws: `unsupportedMethod` if this package is not part of the program itself and `main` has
  ///   not called ``runIfNeeded()``.
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
    if !dieWithParent(OwnedDescriptor(owning: 4)) { exitWorker(1) }
    let socket = OwnedDescriptor(owning: 3)
    if mode == "server" {
      _ = ForkServerLoop.run(socket, .program)
      // The server's workers never return here.
      exitWorker(1)
    }
    WorkerLife.serve(socket)
  }

  /// Lets the kernel kill this process when its parent ends. The descriptor can be closed then,
  /// because `dieWith` has opened another one.
  private static func dieWithParent(_ parentPipe: consuming OwnedDescriptor) -> Bool {
    (try? ParentDeathPipe.dieWith(parentPipe.rawValue)) != nil
  }
}

/// Runs a worker. The C shim calls this before `main` in a program that was started again as a
/// worker.
@_cdecl("sharedarrays_worker_main")
func workerMain(_ mode: UnsafePointer<CChar>) {
  // SAFETY: the C shim passes a terminated string that stays on its stack during the call.
  WorkerMain.begin(unsafe String(cString: mode))
}
