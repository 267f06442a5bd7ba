import Glibc
import SharedArraysMemory
import SharedArraysSystem

/// Makes each system call of an operation fail in turn, and checks the state afterwards.
enum Faults {
  private static let codes: [(name: String, code: CInt)] = [
    ("ENOSPC", ENOSPC), ("ENOMEM", ENOMEM), ("EMFILE", EMFILE), ("EAGAIN", EAGAIN), ("EINTR", EINTR),
    ("EIO", EIO), ("EPERM", EPERM),
  ]

  /// One operation, which can run any number of times: `prepare` creates what it needs, `attempt`
  /// can fail, `restore` removes everything.
  struct Operation {
    let prepare: () throws -> Void
    /// Returns what must stay alive until `restore`.
    let attempt: () throws(SharedMemoryError) -> Segment?
    /// Whether the state is right after an attempt that did or did not throw.
    let isRight: (_ hasThrown: Bool) -> Bool
    /// Repeats the attempt without a fault, as far as it has not been done.
    let restore: (_ hasThrown: Bool) throws -> Void
  }

  /// Reads the values that a process reads once in its life.
  static func settle() {
    _ = hugePageSize
    _ = ControlGroup.memoryHeadroom()
    _ = try? Segment.list()
    _ = Reservation.alignment(for: 1 << 30)
  }

  static func run(_ operationName: String, name: String, only wanted: CInt?) throws -> String {
    guard FaultInjection.isAvailable else { throw AgentFailure(text: "this build cannot inject faults") }
    guard let operation = operation(operationName, name: name) else {
      throw AgentFailure(text: "unknown operation \(operationName)")
    }
    settle()
    // Runs once without a fault, so that everything that a process keeps exists.
    try operation.prepare()
    let calls = try countCalls(of: operation)
    var (cases, thrown, outcomes) = (0, 0, Set<String>())
    for (text, code) in codes where wanted == nil || wanted == code {
      // A call that is interrupted for ever would be retried for ever.
      for isForEver in code == EINTR ? [false] : [false, true] {
        // After a failed call, an operation can make calls that a run without a fault does not
        // make.
        for skip in 0..<calls + 8 {
          let outcome = try inject(
            code, skip: skip, forEver: isForEver, into: operation,
            label: "\(operationName), \(text) at call \(skip)\(isForEver ? " and later" : "")")
          cases += 1
          if let outcome {
            thrown += 1
            outcomes.insert("\(text)=\(outcome)")
          }
        }
      }
    }
    return "\(cases) faults, \(thrown) errors: \(outcomes.sorted().joined(separator: " "))"
  }

  private static func countCalls(of operation: Operation) throws -> Int {
    let calls = try FaultInjection.countingCalls { _ = try operation.attempt() }
    try operation.restore(false)
    return calls
  }

  /// Returns the code of the error, or nil.
  private static func inject(
    _ code: CInt, skip: Int, forEver: Bool, into operation: Operation, label: String
  ) throws -> String? {
    let before = Resources.current()
    try operation.prepare()
    var failure: SharedMemoryError?
    do throws(SharedMemoryError) {
      let kept = try FaultInjection.failing("*", with: code, afterCalls: skip, forEver: forEver) {
        () throws(SharedMemoryError) in
        try operation.attempt()
      }
      guard operation.isRight(false) else { throw SharedMemoryError(.mismatch, detail: label) }
      withExtendedLifetime(kept) {}
    } catch {
      if error.code == .mismatch { throw AgentFailure(text: "wrong state after success: \(label)") }
      failure = error
      if !operation.isRight(true) { throw AgentFailure(text: "wrong state after \(error): \(label)") }
    }
    do {
      try operation.restore(failure != nil)
    } catch {
      throw AgentFailure(text: "the operation fails after the fault (\(error)): \(label)")
    }
    guard Resources.current() == before else {
      throw AgentFailure(text: "\(before) changed to \(Resources.current()): \(label)")
    }
    return failure.map(codeName)
  }
}
