/// Messages between two processes.
enum W6 {
  static func run(_ runner: Runner) throws {
    try runConnectionRoundTrips(runner)
    try runConnectionThroughput(runner)
  }
}
