import Foundation

/// A /dev/shm that only the programs started in it see, empty at first: there the tool may collect garbage
/// without touching what others have, and nobody else's sweep interferes.
final class PrivateSharedMemory {
  /// The words that make a command run with this /dev/shm.
  let entering: [String]
  private let keeper: Helper

  /// - Throws: ``HelperError`` where this user may not make a mount namespace, or where what programs see in it is not
  ///   the new file system: a test must not reach the /dev/shm of the machine.
  init() throws {
    // Only the superuser may mount. Any other user needs a user namespace too, in which he is the superuser.
    let isSuperuser = geteuid() == 0
    let script = "mount -t tmpfs -o mode=1777 tmpfs /dev/shm && stat -c %d /dev/shm && exec cat"
    keeper = try Helper(["unshare", isSuperuser ? "-m" : "-rm", "sh", "-c", script])
    let device = try keeper.line()
    let process = "/proc/\(keeper.pid)"
    let user = isSuperuser ? [] : ["--user=\(process)/ns/user", "--preserve-credentials"]
    // Without its root, a program that enters the namespace from a chroot would be at the root of the machine.
    entering =
      ["nsenter"] + user + ["--mount=\(process)/ns/mnt", "--root=\(process)/root", "--wd=\(process)/root"]
    let stat = ["stat", "-c", "%d", "/dev/shm"]
    let (inside, outside) = try (run(stat).output, SharedArraysToolTests.run("/usr/bin/env", stat).output)
    guard inside == device + "\n", inside != outside else {
      throw HelperError(
        "the new /dev/shm is device \(device), programs see \(inside), the machine has \(outside)")
    }
  }

  /// Runs a command in it.
  func run(_ words: [String]) throws -> Outcome {
    try SharedArraysToolTests.run("/usr/bin/env", entering + words)
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
