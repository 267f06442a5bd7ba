import ArgumentParser
import Foundation
import SharedArrays

/// The main job: principal components of real data in shared memory, by forked workers and OpenBLAS.
struct Demo: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds the principal components of a table in shared memory with forked workers.")

  @Option(help: "A two-dimensional numeric .npy file, a row an observation (default: handwritten digits).")
  var data: String?

  @Option(help: "How many workers to fork (default: one for each core this process may use).")
  var workers: Int?

  func validate() throws {
    if let workers, !(1...1024).contains(workers) {
      throw ValidationError("--workers takes 1 to 1024, not \(workers).")
    }
  }

  func run() throws {
    let loaded = try SharedArray<Double>.load(converting: try data ?? Self.digits())
    guard loaded.rank == 2, loaded.shape[0] > 1, loaded.shape[1] > 0 else {
      throw ToolError(
        "The data has shape \(loaded.shape); the demo needs at least two rows of a table.")
    }
    let table = try SharedArray<Double>.create(.generated, shape: loaded.shape)
    try table.update(from: loaded)
    let name = table.name ?? ""
    print("Data: \(data ?? "handwritten digits"), \(table.shape[0]) x \(table.shape[1]), as /dev/shm/\(name)")

    let count = workers ?? ComputeBudget.cores
    let kept = min(2, table.shape[1])
    var result = try timed("1 worker") { try PrincipalComponents(of: table, keeping: kept, workers: 1) }
    if count > 1 {
      result = try timed("\(count) workers") {
        try PrincipalComponents(of: table, keeping: kept, workers: count)
      }
    }
    report(result, kept: kept)

    print("Checksum here: \(table.shape) \(table.sum())")
    print("Checksum of process that attached \(name): \(try Self.otherProcess("checksum", name))")
    try table.unlink()
    print("Unlinked: /dev/shm/\(name) is gone, this process still reads \(table.sum())")
  }

  private func report(_ result: PrincipalComponents, kept: Int) {
    let total = result.variances.reduce(0, +)
    let shown = result.variances.prefix(5).map { String(format: "%.4f", $0) }.joined(separator: ", ")
    print("Eigenvalues of the covariance: \(shown)")
    let explained = result.variances.prefix(kept).map { String(format: "%.2f %%", 100 * $0 / total) }
    print("Explained variance: \(explained.joined(separator: ", "))")
    let row = (0..<kept).map { String(format: "%.4f", abs(result.scores[0, $0])) }.joined(separator: ", ")
    print("Row 0 in these components (magnitudes): \(row)")
  }

  /// Runs the computation once to warm up and then several times; prints the median.
  private func timed(_ label: String, _ body: () throws -> PrincipalComponents) throws -> PrincipalComponents
  {
    var result = try body()
    var times: [Duration] = []
    for _ in 0..<5 {
      let clock = ContinuousClock()
      times.append(try clock.measure { result = try body() })
    }
    let median = times.sorted()[times.count / 2]
    let milliseconds = Double(median.components.attoseconds) * 1e-15 + Double(median.components.seconds) * 1e3
    print("With \(label): \(String(format: "%.2f", milliseconds)) ms (median of 5)")
    return result
  }

  private static func digits() throws -> String {
    guard let path = Bundle.module.path(forResource: "Data/digits", ofType: "npy") else {
      throw ToolError(
        "The digits that belong to this program are not beside it; give a file with --data.")
    }
    return path
  }

  /// What another process of this program prints.
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
      throw ToolError("The second process left with exit code \(process.terminationStatus).")
    }
    return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
