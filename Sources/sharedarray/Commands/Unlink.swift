import ArgumentParser
import SharedArrays

/// Removes names.
struct Unlink: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Removes names from /dev/shm; processes that have the arrays keep them.",
    discussion: """
      Example: sharedarray unlink temps masks

      Removes the arrays of this user that this package has made and refuses everything else; with --force it \
      removes any regular file in /dev/shm, but never a directory, a link or another special file. All names \
      are tried; the exit code is 1 if one could not be removed.
      """)

  @Argument(help: "Names in /dev/shm.")
  var names: [String]

  @Flag(help: "Also remove files that are no arrays of this package, or belong to another user.")
  var force = false

  func run() throws {
    var failures: [SharedMemoryError] = []
    for name in names {
      do throws(SharedMemoryError) {
        if force { try Segment.unlinkAnyFile(name) } else { try Segment.unlink(name) }
      } catch {
        failures.append(error)
      }
    }
    guard let last = failures.popLast() else { return }
    for failure in failures { complain(failure.sentence) }
    throw last
  }
}
