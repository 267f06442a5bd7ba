import Foundation
import Glibc
import SharedArraysCore
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: each `write` gets the buffer of an array that exists until the call returns. `setrlimit`
// gets a local variable. The address that `mmap` returns is only compared.

/// Tests with randomly generated files.
@Suite(.serialized, .timeLimit(.minutes(10))) struct CSVFuzzTests {
  private static let separators: [Character] = [",", " ", "\t", ";"]
  private static let pieces = [
    "1", "-2.5", "1e9", "300", "nan", ",", ",,", " ", "\t", ";", "\n", "\r\n", "\r", "\"", "\"\"", "\"1\"",
    "x", "é",
    "\u{FEFF}", "\0", ".", "e", "+", "99999999999999999999", "1,2\n", "\"a\nb\",3\n", "true",
  ]

  private static let seeds = ["1,2,3\n4,5,6\n", "a;b\n1;2\n", "1.5 2.5\n 3 4\n", "\"1\",\"2\"\r\n3,4\r\n"]

  /// Returns a table with random bytes inserted, or pieces of tables in random order.
  private static func content(using generator: inout SeededGenerator) -> [UInt8] {
    guard Bool.random(using: &generator) else {
      let count = Int.random(in: 0..<30, using: &generator)
      return (0..<count).flatMap { _ in Array(pieces.randomElement(using: &generator)!.utf8) }
    }
    var bytes = Array(seeds.randomElement(using: &generator)!.utf8)
    for _ in 0..<Int.random(in: 1...6, using: &generator) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      let byte = UInt8.random(in: .min ... .max, using: &generator)
      switch Int.random(in: 0..<3, using: &generator) {
      case 0: bytes[place] = byte
      case 1: bytes.insert(byte, at: place)
      default: bytes.remove(at: place)
      }
    }
    return bytes
  }

  /// Returns the number of a fault, or nil if the result is correct.
  private static func fault<Element: OrderedElement>(
    _ type: Element.Type, _ path: String, _ bytes: [UInt8], using generator: inout SeededGenerator
  ) -> Int? {
    let separator = separators.randomElement(using: &generator)!
    let columns = [nil, nil, nil, [1, 0]].randomElement(using: &generator)!
    let skipped = Int.random(in: 0..<2, using: &generator)
    do throws(CSVError) {
      let array = try SharedArray<Element>.load(
        csv: path, separator: separator, skippingLines: skipped, columns: columns)
      if array.rank != 2 || array.isEmpty || array.count > bytes.count + 1 { return 1 }
      // Only sometimes, since saving waits for the disk.
      guard Int.random(in: 0..<20, using: &generator) == 0 else { return nil }
      try array.save(csv: path, separator: separator)
      let again = try SharedArray<Element>.load(csv: path, separator: separator)
      let (one, other) = (array.toArray(), again.toArray())
      if again.shape != array.shape { return 2 }
      // Compared as text, in which all NaNs are equal.
      return zip(one, other).allSatisfy { "\($0)".suffix(3) == "\($1)".suffix(3) } ? nil : 3
    } catch {
      if error.description.isEmpty || error.path != path { return 4 }
      if let line = error.line, line < 1 || line > bytes.count + 1 { return 5 }
      if let column = error.column, column < 1 || column > bytes.count + 1 { return 6 }
      return error.code == .changed || error.code == .system || error.code == .insufficientMemory ? 7 : nil
    }
  }

  @Test(arguments: 1...4)
  func `no file contents crash the program`(seed: UInt64) throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x.csv"
      // In this process first, so that a forked child needs no type that the runtime has not
      // created yet.
      var first = SeededGenerator(seed: 0)
      try Data("1,2\n3,4\n".utf8).write(to: URL(filePath: path))
      for _ in 0..<20 {
        _ = Self.fault(Double.self, path, [], using: &first)
        _ = Self.fault(Int8.self, path, [], using: &first)
      }
      try damageInChild(seed: seed, rounds: max(2500, hostileInputCount / 4)) { generator, _ in
        let bytes = Self.content(using: &generator)
        guard Self.write(bytes, to: path) else { return 8 }
        return Bool.random(using: &generator)
          ? Self.fault(Double.self, path, bytes, using: &generator)
          : Self.fault(Int8.self, path, bytes, using: &generator)
      } replay: { generator, _ in
        let bytes = Self.content(using: &generator)
        return String(decoding: bytes, as: UTF8.self).debugDescription
      }
    }
  }

  private static func write(_ bytes: [UInt8], to path: String) -> Bool {
    guard let file = try? OwnedDescriptor.createFile(path + "-new", mode: 0o600) else { return false }
    let isWritten: Void? = try? unsafe bytes.withUnsafeBytes { try unsafe file.write($0, at: 0) }
    return isWritten != nil && (try? renameFile(path + "-new", to: path)) != nil
  }

  @Test func `a file that changes while it is read yields a table or an error`() throws {
    let lines = [UInt8](String(repeating: "12,-3\n", count: 20_000).utf8)
    try withTemporaryDirectory { directory in
      let path = directory + "/x.csv"
      try Data(lines).write(to: URL(filePath: path))
      _ = try SharedArray<Int>.load(csv: path)
      var writer = try startChild {
        guard let file = try? OwnedDescriptor.openFile(path, .readWrite) else { return 1 }
        while true {
          for count in [lines.count, 6000, 60_000, 0] {
            guard (try? file.setSize(count)) != nil,
              (try? unsafe lines[..<count].withUnsafeBytes { try unsafe file.write($0, at: 0) }) != nil
            else { return 2 }
          }
        }
      }
      for round in 0..<100 {
        do throws(CSVError) {
          let array = try SharedArray<Int>.load(csv: path)
          #expect(array.shape == [array.count / 2, 2], "round \(round)")
        } catch {
          // The file was cut off in the middle of a line, or changed between the two readings.
          #expect([.changed, .empty, .fieldCount, .notANumber, .emptyField].contains(error.code), "\(error)")
        }
      }
      writer.kill()
      #expect(writer.reap() == .signaled(9))
    }
  }

  /// Loads a text that is five times as large as the child's memory limit.
  @Test func `a file larger than memory is read in pieces`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x.csv"
      let line = "1,\"\(String(repeating: "text, ", count: 1000))\",2\n"
      let block = Data(String(repeating: line, count: 200).utf8)
      try Data().write(to: URL(filePath: path))
      let file = try FileHandle(forWritingTo: URL(filePath: path))
      for _ in 0..<17 { try file.write(contentsOf: block) }
      try file.close()
      _ = try loaded("1,2\n", as: Int.self, columns: [0, 1])
      let ending = try forkedChild(within: .seconds(60)) {
        guard let used = privateMemory() else { return 1 }
        let most = rlim_t(used + 4 << 20)
        var limit = rlimit(rlim_cur: most, rlim_max: most)
        guard unsafe setrlimit(__rlimit_resource_t(2), &limit) == 0 else { return 2 }
        // Checks that the limit is effective. (The optimizer would remove a call of malloc.)
        let room = unsafe mmap(nil, 20 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        if unsafe room != MAP_FAILED { return 3 }
        guard let array = try? SharedArray<Int>.load(csv: path, columns: [0, 2]) else { return 4 }
        return array.shape == [3400, 2] && array.sum() == 10_200 ? 0 : 5
      }
      #expect(ending == .exited(code: 0))
    }
  }
}

/// Returns the number of private writable bytes of this process, as its limit counts them.
private func privateMemory() -> Int? {
  guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
  let line = text.split(separator: "\n").first { $0.hasPrefix("VmData:") }
  return line?.split(separator: " ").compactMap { Int($0) }.first.map { $0 * 1024 }
}
