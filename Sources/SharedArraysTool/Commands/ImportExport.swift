import ArgumentParser
import SharedArrays

/// A command that reads a file into a persistent array.
struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reads a .npy file into a new persistent array.",
    discussion: """
      Example: sharedarray import table.npy table

      The file is read straight into the array, which gets its name when it is complete. Files of either \
      byte order, and in Fortran's order, become little-endian row-major arrays.

      --json prints the same object as create --json.
      """)

  @Argument(help: "A .npy file.")
  var file: String

  @Argument(help: "The name of the new array.")
  var name: String

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    func read<Element: SharedArrayElement>(_ type: Element.Type) throws {
      _ = try SharedArray<Element>.importing(file, as: name, lifetime: .persistent)
    }
    try read(elementTypeOfFile(file).swiftType)
    try reportCreated(name, json: json)
  }
}

/// A command that writes an array to a file.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes an array to a .npy file, which appears when it is complete.",
    discussion: """
      Example: sharedarray export table table.npy

      A file of that name is replaced in one step. The array is attached read-only; an array of another user \
      is copied instead. Nothing is printed.

      --json prints an object with the keys name, file, dtype, shape and dataBytes.
      """)

  @Argument(help: "The name of the array, the file name in /dev/shm.")
  var name: String

  @Argument(help: "The file to write.")
  var file: String

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let object = try SharedMemoryObject(name)
    func write<Element: SharedArrayElement>(_ type: Element.Type) throws {
      let array = try object.open(type)
      try array.save(file)
      if json { try printJSON(Exported(name: name, file: file, array)) }
    }
    try write(object.requireElementType().swiftType)
  }
}

/// The output of `export --json`.
private struct Exported: Encodable {
  let name, file, dtype: String
  let shape: [Int]
  let dataBytes: Int

  init<Element>(name: String, file: String, _ array: ReadOnlySharedArray<Element>) {
    self.name = name
    self.file = file
    dtype = Element.elementType.name
    shape = Array(array.shape)
    dataBytes = array.count * Element.elementType.byteCount
  }
}
