internal import SharedArraysSystem

/// The rules for segment names: a name is one component of a path, and cannot lead outside
/// /dev/shm.
package enum SegmentName {
  /// The prefix of the hidden names that new objects have on systems without `O_TMPFILE`.
  package static let hiddenPrefix = ".sharedarray-"
  static let longest = 255

  /// Throws `invalidName`, with the rule that `name` breaks, unless the name is valid.
  static func check(_ name: String) throws(SharedMemoryError) {
    guard let fault = fault(in: name) else { return }
    throw SharedMemoryError(.invalidName, name: name, detail: fault)
  }

  /// Throws `invalidName` if `name` could lead outside /dev/shm. Any other file name is allowed.
  package static func checkLeadsNowhereElse(_ name: String) throws(SharedMemoryError) {
    let bytes = name.utf8
    let leadsElsewhere = bytes.contains { $0 == UInt8(ascii: "/") || $0 == 0 } || name == "." || name == ".."
    guard bytes.isEmpty || bytes.count > longest || leadsElsewhere else { return }
    throw SharedMemoryError(.invalidName, name: name, detail: "it is not the name of a file in /dev/shm")
  }

  private static func fault(in name: String) -> String? {
    let bytes = name.utf8
    if bytes.isEmpty { return "it is empty" }
    if bytes.count > longest { return "it has \(bytes.count) bytes; the limit is \(longest)" }
    let span = name.utf8Span.span
    for index in span.indices {
      let byte = span[index]
      if byte == UInt8(ascii: "/") { return "it contains a slash" }
      if byte < 32 || byte == 127 { return "it contains a control character" }
    }
    return bytes.first == UInt8(ascii: ".") ? faultOfDotted(name) : nil
  }

  /// A separate function because attaching checks a name every time, and few names start with a
  /// dot.
  private static func faultOfDotted(_ name: String) -> String? {
    if name == "." || name == ".." { return "it names a directory" }
    return name.hasPrefix(hiddenPrefix) ? "names that start with \(hiddenPrefix) are reserved" : nil
  }

  /// Calls `create` with random names until one is free.
  static func withFreeName<Result>(
    _ create: (String) throws(SharedMemoryError) -> Result
  ) throws(SharedMemoryError) -> Result {
    while true {
      do throws(SharedMemoryError) {
        return try create(try generate())
      } catch let error where error.code == .alreadyExists {}
    }
  }

  /// The prefix of generated names.
  private static let generatedPrefix = "sharedarray-"

  /// Whether the name looks like a generated one.
  package static func isGenerated(_ name: String) -> Bool {
    let digits = name.utf8.dropFirst(generatedPrefix.utf8.count)
    return name.hasPrefix(generatedPrefix) && digits.count == 16
      && digits.allSatisfy {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
      }
  }

  static func generate(prefix: String = generatedPrefix) throws(SharedMemoryError) -> String {
    let bits = try translatingErrors(of: nil) { () throws(SystemError) in try randomBits() }
    return prefix + hexadecimal(bits)
  }
}
