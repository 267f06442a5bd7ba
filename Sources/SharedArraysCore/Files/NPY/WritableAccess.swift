internal import SharedArraysMemory
internal import SharedArraysSystem

/// A request for a writable mapping, and where its changes go.
public struct WritableAccess: Sendable {
  let access: MappingAccess

  /// Changes go to the file, and every process that maps the file sees them.
  public static let readWrite = WritableAccess(access: .readWrite)
  /// Changes stay in this process, and the file does not change. Only the written pages are copied,
  /// and no memory is reserved for them: when memory runs out, the kernel kills a process. If the
  /// machine reserves memory strictly (`vm.overcommit_memory=2`), a file larger than memory is
  /// refused with code `insufficientMemory`.
  public static let copyOnWrite = WritableAccess(access: .copyOnWrite)
}
