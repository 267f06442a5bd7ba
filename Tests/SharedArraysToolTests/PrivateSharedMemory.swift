import Foundation

/// An initially empty /dev/shm that is visible only to the programs started in it. The tool can
/// collect garbage there without affecting other programs, and no other sweep interferes.
final class PrivateSharedMemory {
  /// The words before a command that run it with this /dev/shm.
  let entering: [String]
  private let keeper: Helper

  /// - Throws: ``HelperError`` if this user cannot create a mount namespace, or if programs in it
  ///   do not see the new file system: a test must not reach the /dev/shm of the machine.
  init() throws {
    // Only the superuser may mount. Other users also need a user namespace, in which they are the
    // superuser.
    let isSuperuser = geteuid() == 0
    let script = "mount -t tmpfs -o mode=1777 tmpfs /dev/shm && stat -c %d /dev/shm && exec cat"
    keeper = try Helper(["unshare", isSuperuser ? "-m" : "-rm", "sh", "-c", script])
    let device = try keeper.line()
    let process = "/proc/\(keeper.pid)"
    let user = isSuperuser ? [] : ["--user=\(process)/ns/user", "--preserve-credentials"]
    // Without the root, a program that enters the namespace from a chroot would be at the root of
    // the machine.
    entering =
      ["nsenter"] + user + ["--mount=\(process)/ns/mnt", "--root=\(process)/root", "--wd=\(process)/root"]
    let stat = ["stat", "-c", "%d", "/dev/shm"]
    let (inside, outside) = try (run(stat).output, SharedArraysToolTests.run("/usr/bin/env", stat).output)
    guard inside == device + "\n", inside != outside else {
      throw HelperError(
        "the new /dev/shm is device \(device), programs see \(inside), the machine has \(outside)")
    }
  }

  /// Runs a command with this /dev/shm.
  func run(_ words: [String]) throws -> Outcome {
    try SharedArraysToolTests.run("/usr/bin/env", entering + words)
  }

  /// Runs the tool with this /dev/shm.
  func tool(_ arguments: String...) throws -> Outcome {
    try run([programs + "/sharedarray"] + arguments)
  }

  /// Returns the names in this /dev/shm.
  func names() throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: "/proc/\(keeper.pid)/root/dev/shm"))
  }
}

/// The reason why a ``PrivateSharedMemory`` cannot be created here; nil if it can.
let privateSharedMemoryFault: String? = {
  do {
    return try PrivateSharedMemory().names().isEmpty ? nil : "its /dev/shm was not empty"
  } catch {
    return "\(error)"
  }
}()
