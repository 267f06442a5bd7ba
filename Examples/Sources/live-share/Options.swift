import Arguments
import Glibc

/// The options of the program.
struct Options {
  static let usage = """
    usage: live-share [NAME] [--size N] [--steps N] [--workers N] [--pause MS] [--watch]
      NAME          the name of the array, live-share unless given
      --size N      rows and columns of the tank, 320 unless given
      --steps N     how many steps, 20000 unless given; 2000 with --watch
      --workers N   how many share the work, this program included; as many as there are cores unless given
      --pause MS    milliseconds between steps, for those who look at it; 1 unless given, 0 with --watch
      --watch       starts plot.py, and checks what it has seen
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
      case let option where option.hasPrefix("-"): throw UsageError(text: "there is no option \(option)")
      default: name = argument
      }
    }
  }
}
