internal import Foundation
internal import SharedArraysSystem

/// Runs `body` with the path of a new empty directory, and removes the directory and its files
/// afterwards.
package func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
  let name = "sharedarrays-test-\(String(try randomBits(), radix: 16))"
  let directory = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
  try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
  defer { try? FileManager.default.removeItem(atPath: directory) }
  return try body(directory)
}
