internal import Glibc
internal import SharedArraysSystem

/// What the fork handlers can reach: they capture nothing.
private nonisolated(unsafe) var stall: (words: SharedWords, milliseconds: (Int) -> Int)?
private nonisolated(unsafe) var forks = 0

/// From now on each new child of this process waits before its `fork` returns.
///
/// - Parameter milliseconds: called in each child with its number, from 0; tells how long.
/// - Returns: words, the first of which counts the forks.
package func stallingChildren(_ milliseconds: @escaping (Int) -> Int) throws -> SharedWords {
  let words = try SharedWords()
  unsafe stall = (words, milliseconds)
  pthread_atfork(
    {
      unsafe forks += 1
      unsafe stall?.words[0] = forks
    }, nil,
    {
      let time = unsafe stall?.milliseconds(forks - 1) ?? 0
      if time > 0 { sleepFor(milliseconds: time) }
    })
  return words
}
