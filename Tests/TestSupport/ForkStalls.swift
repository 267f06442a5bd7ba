internal import Glibc
internal import SharedArraysSystem

// SAFETY: This covers the whole file. The variables are set before the handlers are registered.
// Afterwards only the handlers use them, in the process that forks and in its child.

/// The state of the fork handlers, which cannot capture anything.
private nonisolated(unsafe) var stall: (words: SharedWords, milliseconds: (Int) -> Int)?
private nonisolated(unsafe) var forks = 0

/// Makes each new child of this process wait before its `fork` returns.
///
/// - Parameter milliseconds: Returns the time to wait. It is called in each child with the child's
///   number, from 0.
/// - Returns: Words, the first of which counts the forks.
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
