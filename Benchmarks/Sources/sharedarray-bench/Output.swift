import Glibc

/// Writes whole lines to a file descriptor, past stdio: a forked child has no buffered copy of them to write
/// again.
struct LineWriter {
  static let standardOutput = LineWriter(descriptor: STDOUT_FILENO)
  static let standardError = LineWriter(descriptor: STDERR_FILENO)

  let descriptor: CInt

  init(descriptor: CInt) {
    self.descriptor = descriptor
  }

  /// Appends to the file at `path`, which is created if there is none.
  init(appendingTo path: String) throws(BenchmarkError) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw BenchmarkError("cannot write \(path)", errno) }
  }

  func callAsFunction(_ line: String) {
    var text = line + "\n"
    text.withUTF8 { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let written = write(
          descriptor, UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: rest)).baseAddress, rest.count)
        if written < 0 && errno != EINTR { return }
        rest = rest.dropFirst(max(written, 0))
      }
    }
  }
}

/// What went wrong, in words.
struct BenchmarkError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }

  init(_ what: String, _ code: CInt) {
    description = "\(what): \(String(cString: strerror(code)))"
  }
}

/// `value` by a format of `printf`, such as "%.6g".
func format(_ value: Double, _ format: String) -> String {
  var buffer = [CChar](repeating: 0, count: 64)
  let length = withVaList([value]) { vsnprintf(&buffer, buffer.count, format, $0) }
  return String(decoding: buffer.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
}
