import Glibc

/// The folder for the results.
struct Output {
  let path: String
  private let isTemporary: Bool

  /// Creates the folder at `path` if it does not exist, or a temporary folder if `path` is nil.
  init(_ path: String?) throws(PictureError) {
    isTemporary = path == nil
    if let path {
      self.path = path
      guard unsafe mkdir(path, 0o777) == 0 || errno == EEXIST else {
        throw .unwritable(path: path, reason: lastFailure())
      }
    } else {
      var pattern = Array("/tmp/image-processor-XXXXXX".utf8CString)
      guard unsafe mkdtemp(&pattern) != nil else {
        throw .unwritable(path: "/tmp", reason: lastFailure())
      }
      self.path = String(decoding: pattern.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  /// Returns the prefix of the paths of each file's results. A number distinguishes files of the
  /// same name in different folders.
  func names(for files: [String]) -> [String] {
    var used: Set<String> = []
    return files.map { file in
      var name = stem(file)
      var number = 2
      while !used.insert(name).inserted {
        name = "\(stem(file))-\(number)"
        number += 1
      }
      return "\(path)/\(name)"
    }
  }

  /// Removes the folder and its files if the folder is temporary.
  func remove() {
    guard isTemporary else { return }
    for file in files(at: path) { unsafe unlink(file) }
    unsafe rmdir(path)
  }
}
