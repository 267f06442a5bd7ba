// The compiler treats `stdout` as a variable that any thread can change; this program never changes
// it.
@preconcurrency @unsafe import Glibc

/// Flushes the printed output, and returns whether all of it was written. Output of earlier failed
/// writes is discarded, but the stream's error flag still records the failure.
func isOutputWritten() -> Bool {
  // SAFETY: `stdout` stays a valid stream until the process ends, and both functions lock it.
  unsafe fflush(stdout) == 0 && ferror(stdout) == 0
}
