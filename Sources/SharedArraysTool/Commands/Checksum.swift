import ArgumentParser
import SharedArrays

/// A command that attaches an array of doubles by name, in a program that did not create it.
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
