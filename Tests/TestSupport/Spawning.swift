internal import Glibc
internal import SharedArraysSystem

/// Starts a program, found through `PATH`, with the given descriptors as its standard ones. The
/// caller reaps it.
///
/// - Returns: The process ID.
package func spawn(_ words: [String], input: CInt? = nil, output: CInt, errors: CInt? = nil) throws -> CInt {
  var actions = unsafe posix_spawn_file_actions_t()
  unsafe posix_spawn_file_actions_init(&actions)
  defer { unsafe posix_spawn_file_actions_destroy(&actions) }
  if let input { unsafe posix_spawn_file_actions_adddup2(&actions, input, 0) }
  unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
  if let errors { unsafe posix_spawn_file_actions_adddup2(&actions, errors, 2) }
  // Threads that run tests block signals.
  var attributes = posix_spawnattr_t()
  unsafe posix_spawnattr_init(&attributes)
  defer { unsafe posix_spawnattr_destroy(&attributes) }
  var none = sigset_t()
  unsafe sigemptyset(&none)
  unsafe posix_spawnattr_setsigmask(&attributes, &none)
  unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
  var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
  defer { while let word = unsafe arguments.popLast() { unsafe free(word) } }
  var process: pid_t = 0
  // SAFETY: The array ends with nil, and each word lives until it is freed above.
  let error = unsafe posix_spawnp(&process, arguments[0]!, &actions, &attributes, &arguments, environ)
  if error != 0 { throw SystemError(call: "posix_spawnp", code: error) }
  return process
}
