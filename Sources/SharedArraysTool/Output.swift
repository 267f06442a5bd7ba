// The compiler takes `stdout` for a variable that anybody may set; this program does not.
@preconcurrency @unsafe import Glibc

/// Writes what has been printed and not been written yet, and tells whether all of the output has gone well: parts of it that have
/// failed before are forgotten by then, but not that they have.
func isOutputWritten() -> Bool {
  unsafe fflush(stdout) == 0 && ferror(stdout) == 0
}
