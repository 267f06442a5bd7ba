import ArgumentParser

@main
struct SharedArrayTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sharedarray",
    abstract: "Shows what the SharedArrays library does with arrays in shared memory.",
    subcommands: [Demo.self, Checksum.self])
}
