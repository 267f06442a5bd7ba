import CBaselines
import SharedArrays

/// Starting a process and waiting for it to exit.
///
/// The C baselines fork from this program too, which has OpenBLAS loaded.
enum ProcessStart {
  /// The argument with which this program exits immediately, to measure the program's own start.
  static let idleArgument = "--idle"

  static func run(_ runner: Runner) throws {
    try measure(runner, "W3 start and join", methods: [.fork, .forkServer, .spawn])
    let gibibytes = runner.quick ? 1 : 4
    do {
      let arrays = try (0..<gibibytes).map { _ in try SharedArray<UInt8>(shape: [1 << 30]) }
      for array in arrays { array.fill(1) }
      try measure(runner, "W3 start and join, parent with \(gibibytes) GiB of arrays", methods: [.fork])
      withExtendedLifetime(arrays) {}
    }
    let byteCount = Int64(gibibytes) << 30
    guard let memory = limit_private_memory(byteCount) else {
      throw BenchmarkError("cannot allocate \(gibibytes) GiB of private memory")
    }
    defer { limit_free_memory(memory, byteCount) }
    try measure(runner, "W3 start and join, parent with \(gibibytes) GiB private", methods: [.forkServer])
  }

  private static func measure(_ runner: Runner, _ bench: String, methods: [StartMethod]) throws {
    let repetitions = runner.quick ? 5 : 30
    let limits = [
      Contender("C fork + wait") { try 1e6 * meanSeconds(repetitions) { limit_fork_wait() } },
      Contender("C posix_spawn of this program, idle") {
        try 1e6 * meanSeconds(repetitions) { limit_run_self(idleArgument) }
      },
    ]
    let ours = methods.map { method in
      Contender("SharedArrays \(method.rawValue)") {
        try 1e6
          * secondsPerCall(repetitions) {
            let process = try WorkerProcess.start(Nothing.self, NoValue(), method: method)
            try process.join()
          }
      }
    }
    try runner.measure(
      bench: bench, unit: .microseconds, n: 1, rounds: runner.rounds(7), contenders: limits + ours)
  }
}

/// A task without work.
enum Nothing: WorkFunction {
  static func call(_ input: NoValue) -> NoValue { input }
}
