import Arguments
import Glibc

/// The options of the program.
struct Options {
  static let usage = """
    usage: live-share [NAME] [--size N] [--steps N] [--workers N] [--pause MS] [--watch]
      NAME          the name of the array (default: live-share)
      --size N      the number of rows and columns of the tank (default: 320)
      --steps N     the number of steps (default: 20000, with --watch 2000)
      --workers N   the number of workers, this program included (default: one for each core)
      --pause MS    milliseconds between steps, so that a viewer can follow (default: 1, with --watch 0)
      --watch       starts plot.py, and checks the frames that it reads
    """

  private(set) var name = "live-share"
  private(set) var size = 320
  private(set) var steps = 20_000
  private(set) var workers: Int?
  private(set) var pause = Duration.milliseconds(1)
  private(set) var isWatched = false

  /// Parses the arguments.
  ///
  /// - Throws: ``UsageError`` for an unknown option, or one whose value is missing or wrong.
  init(_ arguments: [String]) throws(UsageError) {
    if arguments.contains("--watch") {
      isWatched = true
      steps = 2_000
      pause = .zero
      name = "live-share-\(getpid())"
    }
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--watch": break
      case "--size": size = try number(argument, rest.popFirst(), in: 40...4_000)
      case "--steps": steps = try number(argument, rest.popFirst(), in: 1...1_000_000_000)
      case "--workers": workers = try number(argument, rest.popFirst(), in: 1...1000)
      case "--pause": pause = .milliseconds(try number(argument, rest.popFirst(), in: 0...10_000))
      case let option where option.hasPrefix("-"): throw UsageError(text: "unknown option \(option)")
      default: name = argument
      }
    }
  }
}
