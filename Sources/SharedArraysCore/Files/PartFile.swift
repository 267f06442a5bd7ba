internal import SharedArraysSystem

/// A file on its way to its name, which only its writer has locked.
///
/// It has no name, or a hidden one that tells the number of its inode. So a hidden file was left behind by a killed
/// writer if its name has this form and tells the file's own number, and if nobody has locked it. What somebody else has
/// made or copied under such a name has another number, and stays.
struct PartFile: ~Copyable {
  let descriptor: OwnedDescriptor
  /// Ends in a slash.
  private let directory: String
  /// The name that goes if this goes away before the file has its place.
  private var name: String?

  private init(_ descriptor: consuming OwnedDescriptor, in directory: String, name: String?) {
    self.descriptor = descriptor
    self.directory = directory
    self.name = name
  }

  deinit {
    if let name { try? removeFile(directory + name) }
  }

  /// A file without a name; nil where there are none.
  static func unnamed(in directory: String) throws(SystemError) -> PartFile? {
    do throws(SystemError) {
      return PartFile(try .unnamedFile(in: directory, mode: 0o666), in: directory, name: nil)
    } catch let error where ErrorCode.noUnnamedFiles.contains(error.code) {
      return nil
    }
  }

  /// A file with a hidden name.
  static func named(in directory: String) throws(SystemError) -> PartFile {
    while true {
      // Its number is not known before it is made.
      let name = try PartFileName.new.drawn()
      var part = PartFile(try .createFile(directory + name, mode: 0o666), in: directory, name: name)
      // Who looks for files that were left behind may have got the lock, or the file, before its writer could lock it.
      guard part.lock(), try part.descriptor.status().linkCount > 0 else { continue }
      let numbered = try part.numberedName()
      try part.move(to: directory + numbered)
      part.name = numbered
      return part
    }
  }

  /// Gives a file without a name a hidden one; false where that cannot be, say without `/proc`.
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

  /// Puts a file that has a name in its place.
  mutating func move(to path: String) throws(SystemError) {
    guard let name else { return }
    try renameFile(directory + name, to: path)
    self.name = nil
  }

  /// Where the file system has no locks, nobody gets one, and no file counts as left behind.
  private func lock() -> Bool { (try? descriptor.tryLockExclusive()) ?? true }

  private func numberedName() throws(SystemError) -> String {
    try PartFileName.numbered(descriptor.status().identity.inode).drawn()
  }
}

// MARK: - What was left behind

extension PartFile {
  /// Removes the files of killed writers from a directory.
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
    // Its writer may have completed it meanwhile. If the name still leads to the file that is locked here, nobody else
    // takes it away.
    guard let same = try? OwnedDescriptor.openFile(path, .readOnly).status().identity, same == status.identity
    else { return }
    try? removeFile(path)
  }
}

/// What a hidden name says.
private enum PartFileName {
  /// That the file was just made, and is empty.
  case new
  /// The number of the file's inode.
  case numbered(UInt64)

  static let prefix = ".sharedarray-part-"

  /// A name that nobody has.
  func drawn() throws(SystemError) -> String {
    let mark = if case .numbered(let number) = self { hexadecimal(number) } else { "new" }
    return "\(Self.prefix)\(mark)-\(hexadecimal(try randomBits()))"
  }

  /// Nil for a name that was not drawn.
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

  /// Whether a file is what the name says.
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
