internal import Glibc

/// From now on a signal interrupts this process a thousand times a second; for forked children, whose only
/// thread takes it.
///
/// Its handler does nothing and lets no system call restart by itself.
package func interruptEveryMillisecond() {
  var action = sigaction()
  unsafe action.__sigaction_handler.sa_handler = { _ in }
  unsafe sigaction(SIGALRM, &action, nil)
  let millisecond = timeval(tv_sec: 0, tv_usec: 1000)
  var timer = itimerval(it_interval: millisecond, it_value: millisecond)
  unsafe setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
}
