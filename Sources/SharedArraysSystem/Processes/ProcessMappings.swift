internal import Glibc

/// The processes that map files of one device, as /proc shows at this moment.
package struct ProcessMappings: Sendable {
  /// A process whose mappings this one may not read.
  package struct Unreadable: Sendable {
    package let process: Int
    /// The user that the process runs as.
    package let user: UInt32
  }

  /// The reason that /proc does not show every process that could map a file.
  package enum Blindness: String, Sendable {
    case namespace = "processes outside this PID namespace are not visible"
    case hiding = "/proc hides the processes of other users"
    case noProcesses = "/proc cannot be read"
  }

  /// The processes that map each file, in ascending order, without this one.
  package private(set) var processes: [FileIdentity: [Int]] = [:]
  package private(set) var unreadable: [Unreadable] = []
  package private(set) var blindness: Blindness?

  /// Returns the mappings of files in /dev/shm.
  package static func ofSharedMemory() throws(SystemError) -> ProcessMappings {
    ProcessMappings(ofFilesOn: try SharedMemoryDirectory.status(of: ".").identity.device)
  }

  /// Reads the mappings of every process that this one may read.
  ///
  /// - Complexity: O(all mappings of the machine); some milliseconds for hundreds of processes.
  init(ofFilesOn device: UInt64) {
    guard let numbers = Self.processNumbers() else {
      blindness = .noProcesses
      return
    }
    blindness = Self.blindness()
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    for number in numbers where number != currentProcess() {
      do throws(SystemError) {
        let count = try Self.readAll("/proc/\(number)/maps", into: &buffer)
        for inode in Self.inodes(in: buffer.span.extracting(first: count), on: device) {
          processes[FileIdentity(device: device, inode: inode), default: []].append(number)
        }
      } catch let error where error.code == ErrorCode.accessDenied || error.code == ErrorCode.notPermitted {
        unreadable.append(Unreadable(process: number, user: Self.user(of: number)))
      } catch {
        // The process has ended since.
      }
    }
  }

  /// Returns the processes that might map a file of this owner and mode although this process
  /// cannot see it. Processes of the superuser are left out: permissions do not restrict them.
  package func suspects(of file: FileStatus) -> [Int] {
    let isOpenToOthers = file.permissions & 0o066 != 0
    return unreadable.filter { $0.user == file.owner || (isOpenToOthers && $0.user != 0) }.map(\.process)
  }

  // MARK: Reading /proc

  private static func processNumbers() -> [Int]? {
    guard let directory = unsafe opendir("/proc") else { return nil }
    defer { unsafe closedir(directory) }
    var numbers: [Int] = []
    while let entry = unsafe readdir(directory) {
      // SAFETY: the kernel ends d_name with a zero, and the entry lives until the next readdir.
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
        unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if let number = Int(name) { numbers.append(number) }
    }
    return numbers.sorted()
  }

  private static func blindness() -> Blindness? {
    // The inode of the first namespace is part of the kernel's interface. With `hidepid`, /proc/1
    // is hidden, not only unreadable.
    if let link = symbolicLink("/proc/self/ns/pid"), link != "pid:[4026531836]" { return .namespace }
    return unsafe access("/proc/1", F_OK) == 0 ? nil : .hiding
  }

  private static func symbolicLink(_ path: String) -> String? {
    unsafe withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
      let count = unsafe readlink(path, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), 256)
      return count < 0 ? nil : unsafe String(decoding: buffer.prefix(count), as: UTF8.self)
    }
  }

  private static func user(of process: Int) -> UInt32 {
    for line in (readSmallFile("/proc/\(process)/status") ?? "").split(separator: "\n")
    where line.hasPrefix("Uid:") {
      let words = line.split(whereSeparator: { $0 == "\t" || $0 == " " })
      if words.count > 2, let user = UInt32(words[2]) { return user }
    }
    var status = stat()
    return unsafe stat("/proc/\(process)", &status) == 0 ? status.st_uid : .max
  }

  /// Reads a whole file into a buffer that grows as needed; returns the number of bytes.
  private static func readAll(_ path: String, into buffer: inout [UInt8]) throws(SystemError) -> Int {
    let file = try OwnedDescriptor.openFile(path, .readOnly)
    var count = 0
    while true {
      var span = buffer.mutableSpan
      var bytes = unsafe span.mutableBytes
      count += try unsafe bytes.withUnsafeMutableBytes { all throws(SystemError) in
        try unsafe file.read(into: UnsafeMutableRawBufferPointer(rebasing: all[count...]), at: count)
      }
      if count < buffer.count { return count }
      buffer += [UInt8](repeating: 0, count: buffer.count)
    }
  }

  // MARK: Parsing

  /// Returns the distinct inodes on `device` in the lines of a maps file.
  static func inodes(in text: Span<UInt8>, on device: UInt64) -> Set<UInt64> {
    var found: Set<UInt64> = []
    var start = 0
    while start < text.count {
      var end = start
      while end < text.count, text[end] != UInt8(ascii: "\n") { end += 1 }
      if let inode = inode(in: text.extracting(start..<end), on: device) { found.insert(inode) }
      start = end + 1
    }
    return found
  }

  /// Returns the inode in a line of the form "7f0-7f1 rw-s 00000000 00:17 42    /dev/shm/name".
  private static func inode(in line: Span<UInt8>, on device: UInt64) -> UInt64? {
    var position = 0
    for _ in 0..<3 {
      while position < line.count, line[position] != UInt8(ascii: " ") { position += 1 }
      position += 1
    }
    guard let major = number(in: line, at: &position, radix: 16), position < line.count,
      line[position] == UInt8(ascii: ":")
    else { return nil }
    position += 1
    guard let minor = number(in: line, at: &position, radix: 16),
      combined(major: major, minor: minor) == device
    else { return nil }
    position += 1
    return number(in: line, at: &position, radix: 10)
  }

  private static func number(in line: Span<UInt8>, at position: inout Int, radix: UInt64) -> UInt64? {
    var value: UInt64 = 0
    let start = position
    while position < line.count {
      let byte = line[position]
      let digit: UInt64
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt64(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = UInt64(byte - UInt8(ascii: "a")) + 10
      default: digit = radix
      }
      if digit >= radix { break }
      value = value &* radix &+ digit
      position += 1
    }
    return position == start ? nil : value
  }

  /// Combines the major and minor number of a device in the way libc does.
  private static func combined(major: UInt64, minor: UInt64) -> UInt64 {
    (minor & 0xff) | (major & 0xfff) << 8 | (minor & ~0xff) << 12 | (major & ~0xfff) << 32
  }
}
