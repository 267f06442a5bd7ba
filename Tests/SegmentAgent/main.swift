// A small program that uses segments, for tests in which processes meet, or die.
//
//   segment-agent COMMAND [, COMMAND]…   runs the commands; exit code 2 at the first error, except of those
//                                        that begin with `try`
//   segment-agent serve                  runs a command a line of its input until `quit`
//
// Each command prints one line: what it did, or `error CODE: sentence`. Commands.swift lists them.
import Glibc

let words = Array(CommandLine.arguments.dropFirst())
var agent = Agent()

if words == ["serve"] {
  // What the starting program left open is no business of ours.
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
