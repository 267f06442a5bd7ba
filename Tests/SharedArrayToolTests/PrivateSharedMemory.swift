import Foundation

/// A /dev/shm that only the programs started in it see, empty at first: there the tool may collect garbage
/// without touching what others have, and nobody else's sweep interferes.
final class PrivateSharedMemory {
  /// The words that make a command run with this /dev/shm.
  let entering: [String]
  private let keeper: Helper

  /// - Throws: where this user may not make a mount namespace.
  init() throws {
    // Who is not the superuser needs a user namespace too; he is the superuser there.
    let isSuperuser = geteuid() == 0
    let script = "mount -t tmpfs -o mode=1777 tmpfs /dev/shm && echo ready && exec cat"
    keeper = try Helper(["unshare", isSuperuser ? "-m" : "-rm", "sh", "-c", script])
    guard try keeper.line() == "ready" else { throw HelperError("no private /dev/shm") }
    let namespaces = "/proc/\(keeper.pid)/ns"
    let user = isSuperuser ? [] : ["--user=\(namespaces)/user", "--preserve-credentials"]
    entering = ["nsenter"] + user + ["--mount=\(namespaces)/mnt"]
  }

  /// Runs a command in it.
  func run(_ words: [String]) throws -> Outcome {
    try sharedarrayTests.run("/usr/bin/env", entering + words)
  }

  /// Runs the tool in it.
  func tool(_ arguments: String...) throws -> Outcome {
    try run([programs + "/sharedarray"] + arguments)
  }

  /// The names in it.
  func names() throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: "/proc/\(keeper.pid)/root/dev/shm"))
  }
}

/// Why there can be no ``PrivateSharedMemory`` here; nil if there can.
let privateSharedMemoryFault: String? = {
  do {
    return try PrivateSharedMemory().names().isEmpty ? nil : "its /dev/shm was not empty"
  } catch {
    return "\(error)"
  }
}()
