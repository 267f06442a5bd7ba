import Foundation

/// The Python script that reads the arrays, started by this program.
final class Watcher {
  /// A frame as the script has read it.
  struct Frame {
    var number: Int
    var sum: UInt64
  }

  static let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "plot.py").path

  private let process: Process
  private let output: FileHandle
  private var text = ""

  /// Starts the script, and waits until it has opened the arrays.
  init(_ name: String) throws {
    guard let python = ["python3", "/usr/bin/python3"].first(where: Self.hasNumPy) else {
      throw WatcherError(text: "The script needs a Python with NumPy, and none was found (make numpy).")
    }
    (process, output) = try Self.start([
      python, Self.script, name, "--summary", "--every", "0.05",
    ])
    while !text.contains("\n") {
      let data = output.availableData
      if data.isEmpty { throw WatcherError(text: "The script ended before it had opened the arrays.") }
      text += String(decoding: data, as: UTF8.self)
    }
  }

  /// Waits until the script exits, and prints its output.
  ///
  /// - Returns: The frames that the script has read.
  func end() throws -> [Frame] {
    text += String(decoding: output.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationStatus != 0 { throw WatcherError(text: "The script ended with an error.") }
    let lines = text.split(separator: "\n")
    let most = 6
    for line in lines.prefix(most / 2) { print("  python: \(line)") }
    if lines.count > most { print("  …") }
    for line in lines.dropFirst(most / 2).suffix(most / 2) { print("  python: \(line)") }
    // A line is: frame 120: min -0.5, max 0.5, mean 0.001, bits 1234
    return lines.compactMap { line in
      let words = line.split { $0 == " " || $0 == ":" }
      guard words.first == "frame", let number = Int(words[1]), let sum = words.last.flatMap({ UInt64($0) })
      else { return nil }
      return Frame(number: number, sum: sum)
    }
  }

  private static func hasNumPy(_ python: String) -> Bool {
    guard let (process, output) = try? start([python, "-c", "import numpy; print('here')"]) else {
      return false
    }
    _ = output.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  private static func start(_ command: [String]) throws -> (Process, FileHandle) {
    fflush(nil)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = command.contains("-c") ? FileHandle.nullDevice : FileHandle.standardError
    try process.run()
    return (process, pipe.fileHandleForReading)
  }
}

struct WatcherError: Error, CustomStringConvertible {
  var text: String
  var description: String { text }
}
