import CBaselines
import Glibc

/// The lifetime of a named array: create, map, touch every page, unlink; and attach by name.
enum Segments {
  static let mebibyte = 1 << 20

  static func run(_ runner: Runner) throws {
    try runCreate(runner, mebibytes: 1, repetitions: runner.quick ? 20 : 200, smallPages: "C shm_open")
    try runCreate(
      runner, mebibytes: runner.quick ? 8 : 64, repetitions: 5, smallPages: "C shm_open, 4 KiB pages")
    try runAttach(runner, repetitions: runner.quick ? 50 : 200)
  }

  private static func runCreate(
    _ runner: Runner, mebibytes: Int, repetitions: Int, smallPages: String
  ) throws {
    let byteCount = mebibytes * mebibyte
    let hugePages =
      mebibytes == 1
      ? "C shm_open rounded up to one 2 MiB page, MADV_COLLAPSE"
      : "C shm_open, one page per 2 MiB + MADV_COLLAPSE"
    try runner.measure(
      bench: "W7 create+map+unlink \(mebibytes) MiB, touched", unit: .microseconds, n: byteCount,
      rounds: runner.rounds(7),
      contenders: [
        create(smallPages, byteCount: byteCount, huge: false, repetitions: repetitions),
        create(hugePages, byteCount: byteCount, huge: true, repetitions: repetitions),
      ] + sharedArrayCreate(byteCount: byteCount, repetitions: repetitions))
  }

  private static func create(_ peer: String, byteCount: Int, huge: Bool, repetitions: Int) -> Contender {
    Contender(peer) {
      try 1e6
        * meanSeconds(repetitions) { limit_create_touch_unlink("/" + name("limit"), Int64(byteCount), huge) }
    }
  }

  private static func runAttach(_ runner: Runner, repetitions: Int) throws {
    let name = "/" + name("attach-limit")
    try succeed(limit_named_create(name, Int64(mebibyte)), "cannot create \(name)")
    defer { _ = limit_named_unlink(name) }
    let limit = Contender("C shm_open") { try 1e6 * meanSeconds(repetitions) { limit_attach(name) } }
    try withSharedArrayAttach(byteCount: mebibyte, repetitions: repetitions) { ours in
      try runner.measure(
        bench: "W7 attach by name 1 MiB, unmap", unit: .microseconds, n: mebibyte, rounds: runner.rounds(7),
        contenders: [limit] + ours)
    }
  }

  /// Returns a name that no other process uses, without a slash.
  static func name(_ purpose: String) -> String { "sharedarray-bench-\(getpid())-\(purpose)" }
}
