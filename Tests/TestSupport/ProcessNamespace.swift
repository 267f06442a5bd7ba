internal import Glibc
package import SharedArraysSystem

// SAFETY: This covers the whole file. The addresses of `dlsym` are cast to the types that the C
// headers declare, and the C functions receive zero-terminated strings and true sizes.

/// Whether ``childInProcessNamespace(_:)`` works here. A system can forbid user namespaces or
/// mounts of /proc.
package let processNamespacesAreAvailable: Bool = {
  (try? childInProcessNamespace { 0 }) == .exited(code: 0)
}()

/// Runs `body` in a forked child that is process 1 of a PID namespace of its own, with its own
/// /proc. No other program uses the process numbers and `kernel.ns_last_pid` in this namespace.
///
/// The requirements on the body are those of ``forkedChild(within:_:)``.
///
/// - Returns: How the child ended. The exit code is 120 if this user cannot create the namespace,
///   121 if /proc cannot be mounted.
package func childInProcessNamespace(_ body: () -> CInt) throws -> ProcessTermination {
  let (user, group) = (geteuid(), getegid())
  return try forkedChild {
    // The superuser needs no user namespace. Any other user can create the other namespaces within
    // a user namespace of their own.
    let kinds: CInt = newProcesses | newMounts | (user == 0 ? 0 : newUsers)
    guard unshare(kinds) == 0 else { return 120 }
    if user != 0 {
      guard write("deny", to: "/proc/self/setgroups"), write("0 \(user) 1", to: "/proc/self/uid_map"),
        write("0 \(group) 1", to: "/proc/self/gid_map")
      else { return 120 }
    }
    // The next child is the first process of the namespace.
    guard let child = forkByHand(), child >= 0 else { return 120 }
    if child == 0 { _exit(mountProc() ? body() : 121) }
    var status: CInt = 0
    guard unsafe waitpid(child, &status, 0) == child else { return 122 }
    return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
  }
}

/// The flags `CLONE_NEWNS`, `CLONE_NEWUSER` and `CLONE_NEWPID`.
private let newMounts: CInt = 0x2_0000
private let newUsers: CInt = 0x1000_0000
private let newProcesses: CInt = 0x2000_0000

/// Calls `unshare`, which Swift's Glibc module lacks.
private func unshare(_ kinds: CInt) -> CInt {
  guard let address = unsafe dlsym(nil, "unshare") else { return -1 }
  return unsafe unsafeBitCast(address, to: (@convention(c) (CInt) -> CInt).self)(kinds)
}

/// Mounts a /proc of this namespace, which no process outside it sees.
private func mountProc() -> Bool {
  let isPrivate = unsafe mount("none", "/", nil, UInt(MS_REC | MS_PRIVATE), nil) == 0
  let flags = UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC)
  return unsafe isPrivate && mount("proc", "/proc", "proc", flags, nil) == 0
}

private func write(_ text: String, to path: String) -> Bool {
  let file = unsafe open(path, O_WRONLY | O_CLOEXEC)
  guard file >= 0 else { return false }
  defer { close(file) }
  return unsafe Glibc.write(file, text, text.utf8.count) == text.utf8.count
}
