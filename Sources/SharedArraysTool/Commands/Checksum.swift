import ArgumentParser
import SharedArrays

/// Attaches an array of doubles by name: what a program does that had no part in making it.
struct Checksum: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Attaches a shared array of doubles by name and prints its shape and the sum of its elements.")

  @Argument(help: "The name of the array, the file name in /dev/shm.")
  var name: String

  func run() throws {
    let array = try SharedArray<Double>.attach(name, access: .readOnly)
    print("\(array.shape) \(array.sum())")
  }
}
