import Foundation
import SharedArrays

/// Checks of the kernel's features.
enum KernelChecks {
  static func all() -> [Check] {
    var name = utsname()
    // SAFETY: `uname` writes only the structure that it is passed, which outlives the call. The
    // bytes of `release` are read within its bounds.
    unsafe uname(&name)
    let release = unsafe withUnsafeBytes(of: &name.release) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return [
      Check("kernel", .ok, release, "Linux 6.1 and later have everything the library uses"),
      memfd(), pidfd(), temporaryFiles(), collapse(),
    ]
  }

  private static func memfd() -> Check {
    switch result(of: { () throws(SystemError) in _ = try OwnedDescriptor.anonymousMemory(label: "doctor") })
    {
    case nil: Check("memfd", .ok, "available", "unnamed arrays leave nothing behind")
    case let error?: Check("memfd", .fail, error.description, "unnamed arrays cannot be created")
    }
  }

  private static func pidfd() -> Check {
    switch result(of: { () throws(SystemError) in try KernelFeatures.openOwnPidfd() }) {
    case nil: Check("pidfd", .ok, "available", "the death of a worker is detected at once")
    case let error?: Check("pidfd", .fail, error.description, "workers cannot be started")
    }
  }

  private static func temporaryFiles() -> Check {
    let error = result { () throws(SystemError) in _ = try OwnedDescriptor.unnamedSharedMemory() }
    guard let error else {
      return Check("O_TMPFILE", .ok, "on /dev/shm", "a killed creator leaves nothing behind")
    }
    // Only these codes mean that the feature is missing. Any other code means that /dev/shm cannot
    // be used.
    if [EOPNOTSUPP, EISDIR, EINVAL].contains(error.code) {
      return Check("O_TMPFILE", .warn, "missing", "a killed creator's draft remains until the next sweep")
    }
    return Check("/dev/shm", .fail, error.description, "named arrays cannot be created")
  }

  private static func collapse() -> Check {
    switch result(of: { () throws(SystemError) in try KernelFeatures.collapseHugePage() }) {
    case nil: Check("MADV_COLLAPSE", .ok, "available", "large arrays use huge pages")
    case let error?:
      Check("MADV_COLLAPSE", .warn, error.description, "large arrays use small pages: slower first use")
    }
  }

  private static func result(of body: () throws(SystemError) -> Void) -> SystemError? {
    do throws(SystemError) {
      try body()
      return nil
    } catch {
      return error
    }
  }
}
