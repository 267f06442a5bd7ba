internal import CSharedArraysShims

/// The limit that prevents allocating more memory.
public enum MemoryLimit: String, Sendable {
  /// The file system that holds the memory (/dev/shm) is full.
  case fileSystem = "the file system /dev/shm"
  /// The machine has no more memory.
  case machine = "the memory of this machine"
  /// The memory control group of this process has no room.
  case controlGroup = "the memory control group of this process"
}
