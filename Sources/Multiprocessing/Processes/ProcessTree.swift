internal import SharedArraysSystem

/// A process and those that descend from it.
enum ProcessTree {
  /// Kills all of them. A process that is stopped cannot start another one, so the tree is stopped from the root
  /// downwards, and killed then; the kernel has no call for that.
  static func kill(_ root: ProcessCore) {
    root.signal(19)
    for descendant in stoppedDescendants(of: root.pid) { signalProcess(descendant.descriptor, 9) }
    root.signal(9)
  }

  private static func stoppedDescendants(of pid: Int) -> [DescriptorBox] {
    var found: [DescriptorBox] = []
    for child in children(of: pid) {
      // By a handle, so that a number which has passed to another process is not mistaken for the child's.
      guard let handle = try? processHandle(child), parent(of: child) == pid else { continue }
      signalProcess(handle, 19)
      found += stoppedDescendants(of: child)
      found.append(DescriptorBox(handle))
    }
    return found
  }

  private static func children(of pid: Int) -> [Int] {
    (readSmallFile("/proc/\(pid)/task/\(pid)/children") ?? "").split(separator: " ").compactMap { Int($0) }
  }

  private static func parent(of pid: Int) -> Int? {
    guard let text = readSmallFile("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[end...].split(separator: " ")
    return fields.count > 2 ? Int(fields[2]) : nil
  }
}
