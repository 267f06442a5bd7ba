import Arguments

/// The options of the program.
struct Options {
  static let usage = """
    usage: heat-equation [--size N] [--steps N] [--workers N] [--members-only] [--output FILE] [--kill]
      --size N         rows and columns of the plate, 2048 unless given
      --steps N        how many steps, 100 unless given
      --workers N      how many share the work, this program included; as many as there are cores unless given
      --members-only   the workers are other processes, and this program waits
      --output FILE    where a picture of the temperatures is written, in PNG
      --kill           kills a worker halfway by SIGKILL: the results are the same
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
      default: throw UsageError(text: "there is no option \(argument)")
      }
    }
  }
}
