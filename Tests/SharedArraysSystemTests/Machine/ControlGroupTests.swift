import Glibc
import SharedArraysSystem
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct ControlGroupTests {
  @Test func `the memory headroom is unlimited or a number of bytes`() {
    #expect(ControlGroup.memoryHeadroom() ?? 0 >= 0)
  }

  @Test func `the CPU quota is unlimited or at least one core`() {
    #expect(ControlGroup.cpuQuota ?? 1 >= 1)
  }

  @Test func `small files are read whole, missing ones are nil`() {
    #expect(readSmallFile("/proc/self/comm")?.last == "\n")
    #expect(readSmallFile("/proc/self/no-such-file") == nil)
    #expect(readSmallFile("/proc") == nil)
  }

  @Test func `the compute budget is at least one core, and at most those of the machine`() {
    #expect(ComputeBudget.cores >= 1)
    #expect(ComputeBudget.cores <= sysconf(CInt(_SC_NPROCESSORS_CONF)))
  }

  @Test func `a process bound to one core has a budget of one core`() throws {
    _ = ComputeBudget.cores
    guard let setAffinity = unsafe setAffinity else {
      Issue.record("The C library has no sched_setaffinity.")
      return
    }
    let termination = try forkedChild {
      // Each core is one bit of the mask; this uses the first core that is allowed.
      for core in 0..<1024 {
        var cores = [UInt64](repeating: 0, count: 16)
        cores[core / 64] = 1 << (core % 64)
        if unsafe setAffinity(0, 128, &cores) == 0 { return CInt(ComputeBudget.cores) }
      }
      return 100
    }
    #expect(termination == .exited(code: 1))
  }

  /// `sched_setaffinity`, which the Glibc module does not import.
  private var setAffinity: (@convention(c) (pid_t, Int, UnsafeRawPointer) -> CInt)? {
    guard let symbol = unsafe dlsym(nil, "sched_setaffinity") else { return nil }
    // SAFETY: this is the type that the manual page gives.
    return unsafe unsafeBitCast(symbol, to: (@convention(c) (pid_t, Int, UnsafeRawPointer) -> CInt).self)
  }
}
