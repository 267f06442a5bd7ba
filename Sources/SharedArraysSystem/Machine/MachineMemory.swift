internal import CSharedArraysShims

/// The memory of the whole machine.
enum MachineMemory {
  /// Returns the number of bytes available without taking memory from another process, if that is
  /// less than `wanted`; nil if `wanted` bytes are available.
  ///
  /// A memfd has no file system whose size could bound it: if asked for too much, the kernel starts
  /// to kill processes.
  static func shortage(of wanted: Int) -> Int? {
    // Free memory takes one cheap call; the reclaimable caches take reading a file.
    if let free = try? systemCall("sysinfo", { cshims_free_memory() }), free / 2 >= wanted { return nil }
    guard let text = readSmallFile("/proc/meminfo") else { return nil }
    let available = ["MemAvailable:", "SwapFree:"].map { kibibytes($0, in: text) * 1024 }.reduce(0, +)
    return available >= wanted ? nil : available
  }

  private static func kibibytes(_ field: String, in text: String) -> Int {
    for line in text.split(separator: "\n") where line.hasPrefix(field) {
      return line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }
    return 0
  }
}
