internal import SharedArraysSystem

/// A process and its descendants.
enum ProcessTree {
  /// Kills the whole tree. The kernel has no call for that. A stopped process cannot start another
  /// one, so this stops the tree from the root downwards and then kills it.
  static func kill(_ root: ProcessCore) {
    root.signal(19)
    for descendant in stoppedDescendants(of: root.pid) { signalProcess(descendant.descriptor, 9) }
    root.signal(9)
  }

  private static func stoppedDescendants(of pid: Int) -> [DescriptorBox] {
    var found: [DescriptorBox] = []
    for child in children(of: pid) {
      // The pidfd, opened before the parent is checked, keeps a reused pid from being taken for the
      // child.
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
