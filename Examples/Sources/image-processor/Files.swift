import Glibc

/// Returns the bytes of a regular file.
///
/// It refuses other files: a pipe without a writer would block the reader.
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
    // SAFETY: the array has `place.count - count` more bytes at this address.
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

/// Returns the paths of the files of a folder, sorted by name.
///
/// For any other path it returns the path itself; reading that file reports an error if it cannot
/// be read.
func files(at path: String) -> [String] {
  guard let folder = unsafe opendir(path) else { return [path] }
  defer { unsafe closedir(folder) }
  var names: [String] = []
  while let entry = unsafe readdir(folder) {
    // SAFETY: a zero byte within the entry terminates the name.
    let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if !name.hasPrefix(".") { names.append("\(path)/\(name)") }
  }
  return names.sorted()
}

/// Returns the name of a file without its folders and without `.png`.
func stem(_ path: String) -> String {
  let name = path.split(separator: "/").last.map(String.init) ?? path
  return name.hasSuffix(".png") ? String(name.dropLast(4)) : name
}

/// Returns a 64-bit hash of the bytes of a file (FNV-1a).
func checksum(_ bytes: [UInt8], _ start: UInt64 = 0xcbf2_9ce4_8422_2325) -> UInt64 {
  bytes.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}
