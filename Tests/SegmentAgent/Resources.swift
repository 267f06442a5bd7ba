import Glibc
import SharedArraysMemory

/// The open resources of this process. It has one thread, so two counts can be compared.
struct Resources: Equatable {
  let descriptors: Int
  /// The number of mappings of shared memory objects, named or not.
  let mappings: Int

  static func current() -> Resources {
    // Memory that is kept for later arrays is not a leak.
    Arena.dropIdle()
    let maps = lines(of: "/proc/self/maps")
    return Resources(
      descriptors: names(in: "/proc/self/fd").count - 1,
      mappings: maps.count { $0.contains(" /dev/shm/") || $0.contains(" /memfd:sharedarray") })
  }
}

/// Returns the protection of the first mapping of a file, as /proc/self/maps shows it; nil if the
/// file is not mapped.
func mappedProtection(of path: String) -> String? {
  guard let line = lines(of: "/proc/self/maps").first(where: { $0.hasSuffix(" " + path) }) else { return nil }
  return line.split(separator: " ").dropFirst().first.map(String.init)
}

/// Returns the names in a directory, without "." and "..".
func names(in path: String) -> [String] {
  guard let directory = unsafe opendir(path) else { return [] }
  defer { unsafe closedir(directory) }
  var names: [String] = []
  while let entry = unsafe readdir(directory) {
    // SAFETY: the kernel ends d_name with a zero, and the entry lives until the next readdir.
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names
}

private func lines(of path: String) -> [Substring] {
  let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return [] }
  defer { close(file) }
  var text: [UInt8] = []
  var part = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = unsafe read(file, &part, part.count)
    if count <= 0 { break }
    text += part[..<count]
  }
  return String(decoding: text, as: UTF8.self).split(separator: "\n")
}
