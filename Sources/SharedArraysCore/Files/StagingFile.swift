internal import SharedArraysSystem

/// A staging file: a file that is written before it gets its final name.
///
/// It has no name, or a hidden one that contains its inode number. Only its writer locks it, and
/// holds the lock while it has a hidden name. A hidden file was left behind by a killed writer if
/// its name has this form and contains the file's own inode number, and if no process has locked
/// it. A file that another program created or copied under such a name has another inode number,
/// and is kept.
struct StagingFile: ~Copyable {
  let descriptor: OwnedDescriptor
  /// The path of the directory, which ends in a slash.
  private let directory: String
  /// The name that `deinit` removes, unless the file has been moved to its place.
  private var name: String?

  private init(_ descriptor: consuming OwnedDescriptor, in directory: String, name: String?) {
    self.descriptor = descriptor
    self.directory = directory
    self.name = name
  }

  deinit {
    if let name { try? removeFile(directory + name) }
  }

  /// Returns a new unnamed file, or nil if the file system does not support unnamed files.
  static func unnamed(in directory: String) throws(SystemError) -> StagingFile? {
    do throws(SystemError) {
      return StagingFile(try .unnamedFile(in: directory, mode: 0o666), in: directory, name: nil)
    } catch let error where ErrorCode.noUnnamedFiles.contains(error.code) {
      return nil
    }
  }

  /// Returns a new file with a hidden name.
  static func named(in directory: String) throws(SystemError) -> StagingFile {
    while true {
      // The inode number is not known before the file exists.
      let name = try PartFileName.new.drawn()
      var part = StagingFile(try .createFile(directory + name, mode: 0o666), in: directory, name: name)
      // A process that removes abandoned files may have locked or removed this file before its
      // writer could lock it.
      guard part.lock(), try part.descriptor.status().linkCount > 0 else { continue }
      let numbered = try part.numberedName()
      try part.move(to: directory + numbered)
      part.name = numbered
      return part
    }
  }

  /// Gives an unnamed file a hidden name. Returns false where that is impossible, for example
  /// without `/proc`.
  mutating func takeName() throws(SystemError) -> Bool {
    _ = lock()
    let numbered = try numberedName()
    do throws(SystemError) {
      try descriptor.link(as: directory + numbered)
    } catch let error
      where [ErrorCode.noEntry, ErrorCode.notPermitted, ErrorCode.notSupported].contains(error.code)
    {
      return false
    }
    name = numbered
    return true
  }

  /// Renames a file that has a name to `path`. Does nothing if the file has no name.
  mutating func move(to path: String) throws(SystemError) {
    guard let name else { return }
    try renameFile(directory + name, to: path)
    self.name = nil
  }

  /// Locks the file. Returns true on file systems without locks, where no process can lock a file
  /// and no file counts as left behind.
  private func lock() -> Bool { (try? descriptor.tryLockExclusive()) ?? true }

  private func numberedName() throws(SystemError) -> String {
    try PartFileName.numbered(descriptor.status().identity.inode).drawn()
  }
}

// MARK: - Abandoned files

extension StagingFile {
  /// Removes the files that killed writers have left in a directory.
  static func removeAbandoned(in directory: String) {
    for name in (try? namesInDirectory(directory, startingWith: PartFileName.prefix)) ?? [] {
      if let kind = PartFileName(name) { removeIfAbandoned(directory + name, kind) }
    }
  }

  private static func removeIfAbandoned(_ path: String, _ kind: PartFileName) {
    guard let file = try? OwnedDescriptor.openFile(path, .readWrite), let status = try? file.status(),
      status.isRegularFile, status.owner == currentUser(), kind.means(status),
      (try? file.tryLockExclusive()) == true
    else { return }
    // Its writer may have completed and renamed it before it was locked here. If the name still
    // leads to the locked file, no other process removes that file.
    guard let same = try? OwnedDescriptor.openFile(path, .readOnly).status().identity, same == status.identity
    else { return }
    try? removeFile(path)
  }
}

/// A parsed hidden name.
private enum PartFileName {
  /// The name of a file that was just created and is empty.
  case new
  /// The name with the inode number of the file.
  case numbered(UInt64)

  static let prefix = ".sharedarray-part-"

  /// Returns a new hidden name with random digits, which no other file has.
  func drawn() throws(SystemError) -> String {
    let mark = if case .numbered(let number) = self { hexadecimal(number) } else { "new" }
    return "\(Self.prefix)\(mark)-\(hexadecimal(try randomBits()))"
  }

  /// Returns nil for a name that ``drawn()`` cannot have returned.
  init?(_ name: String) {
    guard name.hasPrefix(Self.prefix) else { return nil }
    let parts = name.dropFirst(Self.prefix.count).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, Self.number(parts[1]) != nil else { return nil }
    if parts[0] == "new" {
      self = .new
    } else if let number = Self.number(parts[0]) {
      self = .numbered(number)
    } else {
      return nil
    }
  }

  /// Whether a file matches the name.
  func means(_ status: FileStatus) -> Bool {
    switch self {
    case .new: status.byteCount == 0
    case .numbered(let number): status.identity.inode == number
    }
  }

  private static func number(_ digits: Substring) -> UInt64? {
    guard let number = UInt64(digits, radix: 16), hexadecimal(number) == digits else { return nil }
    return number
  }
}
