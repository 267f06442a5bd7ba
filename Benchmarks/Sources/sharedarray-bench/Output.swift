import Glibc

/// Writes whole lines to a file descriptor.
///
/// It bypasses stdio: a forked child inherits no buffered lines that it would write a second time.
struct LineWriter {
  static let standardOutput = LineWriter(descriptor: STDOUT_FILENO)
  static let standardError = LineWriter(descriptor: STDERR_FILENO)

  let descriptor: CInt

  init(descriptor: CInt) {
    self.descriptor = descriptor
  }

  /// Opens the file at `path` for appending, and creates it if it does not exist.
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

/// A failure of a benchmark, described in a sentence.
struct BenchmarkError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }

  init(_ what: String, _ code: CInt) {
    description = "\(what): \(String(cString: strerror(code)))"
  }
}

/// Formats `value` by a `printf` format such as "%.6g".
func format(_ value: Double, _ format: String) -> String {
  var buffer = [CChar](repeating: 0, count: 64)
  let length = withVaList([value]) { vsnprintf(&buffer, buffer.count, format, $0) }
  return String(decoding: buffer.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
}
