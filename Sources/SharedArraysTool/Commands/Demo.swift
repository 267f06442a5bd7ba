import ArgumentParser
import Foundation
import SharedArrays

/// A demonstration: forked workers find principal components and nearest neighbours of real data in
/// shared memory.
struct Demo: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds principal components and neighbours in shared memory with forked workers.",
    discussion: """
      Example: sharedarray demo --workers 2

      Leaves out each row in turn, finds the principal components of the other rows, and searches for the \
      row's nearest neighbours in them. The handwritten digits have labels, so the neighbours classify them. \
      One worker does this first, then all of them, and the results must have the same bits.

      Copies the first two components into a persistent array for other programs. Its name ends with the \
      user ID, and the next demo replaces it; with --no-keep it is not created.
      """)

  @Option(help: "A two-dimensional numeric .npy file, one observation per row (default: handwritten digits).")
  var data: String?

  @Option(help: "The number of workers to fork (default: one for each core this process may use).")
  var workers: Int?

  @Flag(inversion: .prefixedNo, help: "Keep the first two components in a named array.")
  var keep = true

  func validate() throws {
    if let workers, !(1...1024).contains(workers) {
      throw ValidationError("--workers takes 1 to 1024, not \(workers).")
    }
  }

  func run() throws {
    let loaded = try DemoData(file: data)
    let table = try SharedArray<Double>.create(.generated, shape: loaded.table.shape)
    try table.update(from: loaded.table)
    let name = table.name ?? ""
    print("Data: \(data ?? "handwritten digits"), \(table.shape[0]) x \(table.shape[1]), as /dev/shm/\(name)")

    let alone = try Analysis(of: table, workers: 1)
    report(alone.components)
    report(alone.neighbours, labels: loaded.labels)
    let count = workers ?? ComputeBudget.cores
    let together = count > 1 ? try Analysis(of: table, workers: count) : nil
    if let together, !together.hasSameBits(as: alone) {
      throw ToolError("\(count) workers and one worker computed different results.")
    }
    reportTimes(alone, together)

    print("\nChecksum here: \(table.shape) \(table.sum())")
    print("Checksum of a process that attached \(name): \(try Self.otherProcess("checksum", name))")
    try table.unlink()
    print("Unlinked: /dev/shm/\(name) is gone, this process still reads \(table.sum())")
    if keep { try keepForPython(alone.components.scores[.all, ..<min(2, table.shape[1])]) }
  }

  /// Copies an array into a persistent one, and prints how to remove it and how to open it.
  private func keepForPython(_ scores: SharedArray<Double>) throws {
    let name = "sharedarray-demo-\(getuid())"
    // `unlink` leaves files of other programs alone; `create` then reports that the name is taken.
    try? SharedArray<Double>.unlink(name)
    let kept = try SharedArray<Double>.create(name, shape: scores.shape, lifetime: .persistent)
    try kept.update(from: scores)
    let size = readable(byteCount: 8 * kept.count)
    print("\nThe first components stay in /dev/shm/\(name) (\(size)) until you run this:")
    print("\(CommandLine.arguments[0].shellWord) unlink \(name)")
    print("To read them in Python:")
    print("python3 -c 'import numpy; print(numpy.load(\"/dev/shm/\(name)\", mmap_mode=\"r\"))'")
  }

  /// Returns the output of another process of this program.
  private static func otherProcess(_ arguments: String...) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw ToolError("The second process exited with code \(process.terminationStatus).")
    }
    return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
