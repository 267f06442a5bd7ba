import Glibc

/// Measures this library beside baselines in plain C, and prints one JSON line for each contender.
@main
enum SharedArrayBench {
  static func main() {
    if CommandLine.arguments.dropFirst().first == ProcessStart.idleArgument { return }
    let arguments: Arguments
    do {
      arguments = try Arguments(CommandLine.arguments.dropFirst())
    } catch {
      LineWriter.standardError("sharedarray-bench: \(error)")
      exit(EX_USAGE)
    }
    if arguments.help { return LineWriter.standardOutput(Arguments.usage) }
    do {
      try run(arguments)
    } catch {
      LineWriter.standardError("sharedarray-bench: \(error)")
      exit(EXIT_FAILURE)
    }
  }

  private static func run(_ arguments: Arguments) throws {
    #if DEBUG
      LineWriter.standardError("This is a debug build; measure with swift run -c release sharedarray-bench.")
    #endif
    let file = try arguments.json.map { path throws in try LineWriter(appendingTo: path) }
    let runner = Runner(quick: arguments.quick, outputs: [.standardOutput] + [file].compactMap(\.self))
    for topic in arguments.topics { try topic.run(runner) }
  }
}
