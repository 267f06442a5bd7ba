import Glibc

/// The bytes of a file; of nothing else: a pipe without a writer would block its reader.
func contents(of path: String) throws(PictureError) -> [UInt8] {
  let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
  guard descriptor >= 0 else { throw .unreadable(reason: lastFailure()) }
  defer { close(descriptor) }
  var status = stat()
  guard unsafe fstat(descriptor, &status) == 0 else { throw .unreadable(reason: lastFailure()) }
  guard status.st_mode & S_IFMT == S_IFREG else { throw .noFile }
  var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
  var count = 0
  while count < bytes.count {
    // SAFETY: the rest of the array is as long as that.
    let done = unsafe bytes.withUnsafeMutableBytes { place in
      unsafe Glibc.read(descriptor, place.baseAddress! + count, place.count - count)
    }
    if done < 0, errno == EINTR { continue }
    guard done >= 0 else { throw .unreadable(reason: lastFailure()) }
    if done == 0 { break }
    count += done
  }
  bytes.removeLast(bytes.count - count)
  return bytes
}

func lastFailure() -> String { unsafe String(cString: strerror(errno)) }

/// The files of a folder, in the order of their names; of anything else, itself: whether it can be read is found out later.
func files(at path: String) -> [String] {
  guard let folder = unsafe opendir(path) else { return [path] }
  defer { unsafe closedir(folder) }
  var names: [String] = []
  while let entry = unsafe readdir(folder) {
    // SAFETY: the name ends with a zero, within the entry.
    let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if !name.hasPrefix(".") { names.append("\(path)/\(name)") }
  }
  return names.sorted()
}

/// The name of a file without its folders, and without `.png`.
func stem(_ path: String) -> String {
  let name = path.split(separator: "/").last.map(String.init) ?? path
  return name.hasSuffix(".png") ? String(name.dropLast(4)) : name
}

/// A number that two files share only if they are the same, but for one case in 2⁶⁴.
func checksum(_ bytes: [UInt8], _ start: UInt64 = 0xcbf2_9ce4_8422_2325) -> UInt64 {
  bytes.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}
