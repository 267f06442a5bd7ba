import Foundation
import SharedArrays

/// A table and, if they are known, the labels of its rows.
struct DemoData {
  let table: SharedArray<Double>
  let labels: [Int]?

  /// Loads a file, or the handwritten digits if `file` is nil.
  init(file: String?) throws {
    table = try SharedArray<Double>.load(converting: try file ?? Self.resource("digits"))
    labels =
      file == nil
      ? try SharedArray<Int>.load(converting: Self.resource("digits-labels")).toArray() : nil
    guard table.rank == 2, table.shape[0] > 1, table.shape[1] > 0 else {
      throw ToolError("The data has shape \(table.shape); the demo needs at least two rows of a table.")
    }
    guard table.shape[1] <= Self.mostColumns else {
      throw ToolError("The demo takes up to \(Self.mostColumns) columns; the data has \(table.shape[1]).")
    }
    let count = table.count { !($0.magnitude <= Self.largestMagnitude) }
    if count > 0 {
      throw ToolError(
        "The demo takes numbers up to \(Self.largestMagnitude) in magnitude; elements that are larger, infinite "
          + "or NaN: \(count) of \(table.count).")
    }
  }

  /// The maximum number of columns. The eigenvectors of more columns take minutes.
  private static let mostColumns = 2000
  /// The largest magnitude of an element. The squares of larger numbers, and their sums, might
  /// overflow to infinity.
  private static let largestMagnitude = 1e140

  private static func resource(_ name: String) throws -> String {
    guard let path = Bundle.module.path(forResource: "Data/" + name, ofType: "npy") else {
      throw ToolError(
        "The program's file of handwritten digits is missing; give another file with --data.")
    }
    return path
  }
}
