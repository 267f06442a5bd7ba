internal import Glibc

// SAFETY: This covers the whole file. The C functions receive local variables, and the handler,
// which captures nothing, stays valid.

/// Makes a signal interrupt this process a thousand times a second. This is for forked children,
/// whose only thread receives the signal.
///
/// The handler does nothing, and system calls are not restarted automatically.
package func interruptEveryMillisecond() {
  var action = sigaction()
  unsafe action.__sigaction_handler.sa_handler = { _ in }
  unsafe sigaction(SIGALRM, &action, nil)
  let millisecond = timeval(tv_sec: 0, tv_usec: 1000)
  var timer = itimerval(it_interval: millisecond, it_value: millisecond)
  unsafe setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
}
