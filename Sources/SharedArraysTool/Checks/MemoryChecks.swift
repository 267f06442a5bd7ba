import Foundation
import SharedArrays

// SAFETY: This covers the whole file. The C functions write only the structures that they are
// passed, which outlive the calls.

/// Checks of the amount and the kind of memory available to arrays.
enum MemoryChecks {
  static func all() -> [Check] {
    [sharedMemory(), controlGroup(), hugePages(), openFiles()]
  }

  private static func sharedMemory() -> Check {
    var statistics = statvfs()
    guard unsafe statvfs("/dev/shm", &statistics) == 0 else {
      return Check("/dev/shm size", .fail, "missing", "named arrays cannot be created")
    }
    let block = Int(statistics.f_frsize)
    let (size, free) = (Int(statistics.f_blocks) * block, Int(statistics.f_bavail) * block)
    let value = "\(readable(byteCount: free)) of \(readable(byteCount: size)) free"
    // A container gets 64 MiB by default.
    if size <= 64 << 20 {
      return Check(
        "/dev/shm size", .warn, value, "named arrays must be small; unnamed arrays are not limited by it")
    }
    return free < size / 10
      ? Check("/dev/shm size", .warn, value, "nearly full; see sharedarray list")
      : Check("/dev/shm size", .ok, value, "the limit for all named arrays together")
  }

  private static func controlGroup() -> Check {
    guard let room = ControlGroup.memoryHeadroom() else {
      return Check("memory limit", .ok, "none", "only the machine's memory limits unnamed arrays")
    }
    return Check(
      "memory limit", room < 64 << 20 ? .warn : .ok, "\(readable(byteCount: room)) left in the control group",
      "larger arrays are refused when they are created")
  }

  private static func hugePages() -> Check {
    let enabled = readSmallFile("/sys/kernel/mm/transparent_hugepage/shmem_enabled") ?? ""
    let chosen = enabled.split(separator: "[").last?.split(separator: "]").first ?? "unknown"
    guard hugePageSize > pageSize else {
      return Check("huge pages", .warn, "none", "large arrays use small pages: slower first use")
    }
    return Check(
      "huge pages", .ok, "\(readable(byteCount: hugePageSize)), shmem_enabled \(chosen)",
      "arrays get them by MADV_COLLAPSE, regardless of shmem_enabled")
  }

  private static func openFiles() -> Check {
    var limit = rlimit()
    let kind = __rlimit_resource_t(7)  // RLIMIT_NOFILE
    guard unsafe getrlimit(kind, &limit) == 0 else {
      return Check("open files", .warn, "unknown", "large unnamed arrays and workers use a descriptor each")
    }
    let value = limit.rlim_cur > 1 << 40 ? "unlimited" : "\(limit.rlim_cur)"
    return Check(
      "open files", limit.rlim_cur < 256 ? .warn : .ok, value,
      "large unnamed arrays and workers use a descriptor each")
  }
}
