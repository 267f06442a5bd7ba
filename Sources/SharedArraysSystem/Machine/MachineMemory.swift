internal import CSharedArraysShims

/// The memory of the whole machine.
enum MachineMemory {
  /// Bytes that can be had without another process losing any, if they are fewer than `wanted`; nil if
  /// `wanted` bytes can be had.
  ///
  /// A memfd has no file system whose size could bound it: asked for too much, the kernel starts to kill
  /// processes.
  static func shortage(of wanted: Int) -> Int? {
    // Free memory is one cheap call; what caches could give back takes reading a file.
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
