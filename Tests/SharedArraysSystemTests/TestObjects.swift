import SharedArraysSystem

// SAFETY: the buffer is an array passed with its own size.

/// Returns a name in /dev/shm that no other test or process uses.
func uniqueName() -> String {
  "sharedarrays-test-" + String((try? randomBits()) ?? UInt64(currentProcess()), radix: 16)
}

/// Runs `body` with a new object in /dev/shm and its name, and then removes the name.
func withSharedMemory(_ body: (String, borrowing OwnedDescriptor) throws -> Void) throws {
  let name = uniqueName()
  let object = try OwnedDescriptor.createSharedMemory(named: name)
  defer { try? SharedMemoryDirectory.unlink(name) }
  try body(name, object)
}

/// Creates memory without a name.
func anonymous() throws -> OwnedDescriptor {
  try OwnedDescriptor.anonymousMemory(label: "sharedarrays-test")
}

/// Returns the KiB of the mapping at this address that are in huge pages, as the kernel reports
/// them; nil if no such mapping exists.
func hugeKibibytes(at address: UInt) -> Int? {
  guard let file = try? OwnedDescriptor.openFile("/proc/self/smaps", .readOnly) else { return nil }
  var bytes = [UInt8](repeating: 0, count: 4 << 20)
  let count = try? unsafe bytes.withUnsafeMutableBytes { try unsafe file.read(into: $0, at: 0) }
  let text = String(decoding: bytes.prefix(count ?? 0), as: UTF8.self)
  let start = String(address, radix: 16) + "-"
  let lines = text.split(separator: "\n").drop { !$0.hasPrefix(start) }
  guard let line = lines.first(where: { $0.hasPrefix("ShmemPmdMapped:") }) else { return nil }
  return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
}
