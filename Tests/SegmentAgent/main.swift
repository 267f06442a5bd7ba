// A small program that uses segments, for tests in which processes meet or die.
//
//   segment-agent COMMAND [, COMMAND]…   runs the commands; exit code 2 at the first error, except
//                                        an error of a command that begins with `try`
//   segment-agent serve                  runs one command per line of its input until `quit`
//
// Each command prints one line: its result, or `error CODE: sentence`. Commands.swift lists them.
import Glibc

let words = Array(CommandLine.arguments.dropFirst())
var agent = Agent()

if words == ["serve"] {
  // Descriptors that the starting program left open do not belong to the agent.
  for descriptor in 3..<CInt(1024) { close(descriptor) }
  while let line = readLine(), line != "quit" {
    print(agent.run(line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)).text)
    fflush(nil)
  }
} else {
  for command in words.split(separator: ",") {
    let isTried = command.first == "try"
    let outcome = agent.run(Array(isTried ? command.dropFirst() : command))
    print(outcome.text)
    if outcome.isError && !isTried { exit(2) }
  }
}
agent.detachAll()
