import Arguments

/// The options of the program.
struct Options {
  static let usage = """
    usage: heat-equation [--size N] [--steps N] [--workers N] [--members-only] [--output FILE] [--kill]
      --size N         the number of rows and columns of the plate (default: 2048)
      --steps N        the number of steps (default: 100)
      --workers N      the number of workers, this program included (default: one for each core)
      --members-only   the workers are other processes, and this program waits
      --output FILE    the PNG file for a picture of the temperatures
      --kill           kills a worker by SIGKILL halfway; the results are the same
    """

  var size = 2048
  var steps = 100
  var workers: Int?
  var includesCaller = true
  var output: String?
  var kills = false

  /// Parses the arguments.
  ///
  /// - Throws: ``UsageError`` for an unknown option, or one whose value is missing or wrong.
  init(_ arguments: [String]) throws(UsageError) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--size": size = try number(argument, rest.popFirst(), in: 3...30_000)
      case "--steps": steps = try number(argument, rest.popFirst(), in: 1...1_000_000_000)
      case "--workers": workers = try number(argument, rest.popFirst(), in: 1...1000)
      case "--members-only": includesCaller = false
      case "--output":
        guard let path = rest.popFirst() else { throw UsageError(text: "--output needs a file") }
        output = path
      case "--kill":
        kills = true
        includesCaller = false
      default: throw UsageError(text: "unknown option \(argument)")
      }
    }
  }
}
