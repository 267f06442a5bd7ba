import Glibc

/// Measures this library beside what plain C reaches, and prints one JSON line for each contender.
@main
enum SharedArrayBench {
  static func main() {
    if CommandLine.arguments.dropFirst().first == W3.idleArgument { return }
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
    for workload in arguments.workloads { try workload.run(runner) }
  }
}

enum Workload: String, CaseIterable {
  case w1 = "W1"
  case w2 = "W2"
  case w3 = "W3"
  case w4 = "W4"
  case w5 = "W5"
  case w6 = "W6"
  case w7 = "W7"
  case w8 = "W8"
  case w9 = "W9"
  case w10 = "W10"
  case w11 = "W11"

  func run(_ runner: Runner) throws {
    switch self {
    case .w1:
      try W1.run(runner)
      try W1Teams.run(runner)
      try W1Beside.run(runner)
    case .w2: try W2.run(runner)
    case .w3: try W3.run(runner)
    case .w4:
      try W4.run(runner)
      try W4.runElementAccess(runner)
      try W4Heat.run(runner)
    case .w5:
      try W5.run(runner)
      try W5Pool.run(runner)
    case .w6:
      try W6.run(runner)
      try W6Queues.run(runner)
    case .w7: try W7.run(runner)
    case .w8: try W8.run(runner)
    case .w9: try W9.run(runner)
    case .w10: try W10.run(runner)
    case .w11: try W11.run(runner)
    }
  }
}
