import Arguments

/// The options of the program.
struct Options {
  static let usage = """
    usage: image-processor [--workers N] [--chunk-size N] [--output DIR] [--kill] [FILE or FOLDER...]
      --workers N      the number of processes of the pool, 1 to 256 (default: one for each core)
      --chunk-size N   the number of files that a worker takes at a time (default: 1)
      --output DIR     the folder for the results (default: a temporary folder, removed at the end)
      --kill           kills a worker by SIGKILL halfway; the results are the same
    """

  var workers: Int?
  var chunkSize = 1
  var output: String?
  var kills = false
  var paths: [String] = []

  /// Parses the arguments.
  ///
  /// - Throws: ``UsageError`` for an unknown option, or one whose value is missing or wrong.
  init(_ arguments: [String]) throws(UsageError) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--workers": workers = try number(argument, rest.popFirst(), in: 1...256)
      case "--chunk-size": chunkSize = try number(argument, rest.popFirst(), in: 1...1_000_000)
      case "--output":
        guard let path = rest.popFirst() else { throw UsageError(text: "--output needs a folder") }
        output = path
      case "--kill": kills = true
      case _ where argument.hasPrefix("-"): throw UsageError(text: "unknown option \(argument)")
      default: paths.append(argument)
      }
    }
    if paths.isEmpty { paths = ["pictures", "broken"].map { "\(Self.data)/\($0)" } }
  }

  /// The path of the folder `Data` beside `Sources`.
  private static let data = String(#filePath.split(separator: "Sources/image-processor")[0]) + "Data"
}
