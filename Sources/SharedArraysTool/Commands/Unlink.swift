import ArgumentParser
import SharedArrays

/// A command that removes names from /dev/shm.
struct Unlink: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Removes names from /dev/shm; processes that use the arrays keep them.",
    discussion: """
      Example: sharedarray unlink temps masks

      Removes this user's arrays of this package and refuses everything else; with --force it removes any \
      regular file in /dev/shm, including blocks, but never a directory, a link or another special file. All \
      names are tried; the exit code is 1 if one could not be removed.

      --json prints an object with the keys removed, a list of names, and failures, a list of objects with \
      the keys name and error, a sentence.
      """)

  @Argument(help: "Names in /dev/shm.")
  var names: [String]

  @Flag(help: "Also remove files that are not arrays of this package, or belong to another user.")
  var force = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    var removed: [String] = []
    var failures: [Failure] = []
    for name in names {
      do throws(SharedMemoryError) {
        if force { try Segment.unlinkAnyFile(name) } else { try Segment.unlink(name) }
        removed.append(name)
      } catch {
        failures.append(Failure(name: name, error: error.sentence))
      }
    }
    if json { try printJSON(Unlinked(removed: removed, failures: failures)) }
    guard let last = failures.last else { return }
    for failure in failures.dropLast() { complain(failure.error) }
    throw ToolError(last.error)
  }
}

/// The output of `unlink --json`.
private struct Unlinked: Encodable {
  let removed: [String]
  let failures: [Failure]
}

private struct Failure: Encodable {
  let name, error: String
}
