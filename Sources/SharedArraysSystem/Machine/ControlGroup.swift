/// Limits that a control group sets on this process, in version 1 or 2 of the interface.
package enum ControlGroup {
  /// Returns the number of bytes that may still be allocated before the kernel kills a process of
  /// the group; nil where no limit is set.
  ///
  /// Groups and their limits are found once in the life of a process; the usage is read each time.
  /// Cached file pages count as usage, but the kernel evicts them first, so they are added to the
  /// headroom. They are read only where the rest is less than `wanted`.
  package static func memoryHeadroom(for wanted: Int = .max) -> Int? {
    var room: Int?
    for level in memoryLevels {
      guard let limit = readNumber(level.limit), let usage = readNumber(level.usage) else { continue }
      var left = limit - usage
      if left < wanted { left += cachedFileBytes(level.statistics) }
      room = min(room ?? .max, max(0, left))
    }
    return room
  }

  /// The CPU quota in cores, rounded up; nil where no limit is set.
  package static let cpuQuota: Int? = {
    var cores: Int?
    for directory in directories(controller: "cpu") {
      guard let (quota, period) = quotaAndPeriod(in: directory), quota > 0, period > 0 else { continue }
      cores = min(cores ?? .max, max(1, (quota + period - 1) / period))
    }
    return cores
  }()

  /// The file that counts the processes of the innermost group that the kernel has killed because
  /// memory ran out.
  static let memoryKillFile: String? = {
    for directory in directories(controller: "memory") {
      for name in ["memory.events", "memory.oom_control"] {
        let path = "\(directory)/\(name)"
        if let text = readSmallFile(path), MemoryKills.count(inText: text) != nil { return path }
      }
    }
    return nil
  }()

  private struct MemoryLevel {
    let limit, usage, statistics: String
  }

  private static let memoryLevels: [MemoryLevel] = {
    var levels: [MemoryLevel] = []
    for directory in directories(controller: "memory") {
      for (limit, usage) in [
        ("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes"),
      ] {
        let level = MemoryLevel(
          limit: "\(directory)/\(limit)", usage: "\(directory)/\(usage)",
          statistics: "\(directory)/memory.stat")
        // Version 1 writes "no limit" as the largest multiple of the page size.
        if let bytes = readNumber(level.limit), bytes < Int.max / 2 { levels.append(level) }
      }
    }
    return levels
  }()

  /// Returns the directories of this process's group and of the groups around it, innermost first.
  private static func directories(controller: String) -> [String] {
    guard let text = readSmallFile("/proc/self/cgroup") else { return [] }
    var found: [String] = []
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let mount: String
      if parts[0] == "0" {
        mount = "/sys/fs/cgroup"
      } else if parts[1].split(separator: ",").contains(Substring(controller)) {
        mount = "/sys/fs/cgroup/\(controller)"
      } else {
        continue
      }
      var components = parts[2].split(separator: "/")
      // In a container the path might name a group outside the mount, whose root is then this
      // process's group.
      while true {
        found.append(components.isEmpty ? mount : mount + "/" + components.joined(separator: "/"))
        if components.isEmpty { break }
        components.removeLast()
      }
    }
    return found
  }

  /// Returns the bytes of cached file pages. Version 1 includes nested groups only in the fields
  /// that begin with "total_"; version 2 always does.
  private static func cachedFileBytes(_ path: String) -> Int {
    guard let text = readSmallFile(path) else { return 0 }
    var fields: [Substring: Int] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2 { fields[words[0]] = Int(words[1]) }
    }
    return ["inactive_file", "active_file"].map { (field: String) -> Int in
      fields["total_\(field)"] ?? fields[Substring(field)] ?? 0
    }.reduce(0, +)
  }

  private static func quotaAndPeriod(in directory: String) -> (Int, Int)? {
    if let text = readSmallFile("\(directory)/cpu.max") {
      let parts = text.split(whereSeparator: { $0 == " " || $0 == "\n" })
      if parts.count == 2, let quota = Int(parts[0]), let period = Int(parts[1]) { return (quota, period) }
    }
    if let quota = readNumber("\(directory)/cpu.cfs_quota_us"),
      let period = readNumber("\(directory)/cpu.cfs_period_us")
    {
      return (quota, period)
    }
    return nil
  }

  private static func readNumber(_ path: String) -> Int? {
    readSmallFile(path).flatMap { Int($0.trimmedDigits) }
  }
}

/// Returns the text of a file of /proc or /sys of up to 4 KiB; nil if it cannot be read.
package func readSmallFile(_ path: String) -> String? {
  guard let file = try? OwnedDescriptor.openFile(path, .readOnly) else { return nil }
  // SAFETY: `read` stores at most the buffer's 4096 bytes and returns their number; only those are
  // read.
  return unsafe withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
    guard let count = try? unsafe file.read(into: buffer, at: 0) else { return nil }
    return unsafe String(decoding: buffer.prefix(count), as: UTF8.self)
  }
}

extension String {
  /// The text without the newline with which the kernel ends its numbers.
  var trimmedDigits: Substring { self.prefix { $0 != "\n" && $0 != " " } }
}
